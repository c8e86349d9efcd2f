"""The tag as a file: small, plain and readable."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from tests.tag.recording import TAG

NODE = Path(compute_driver_executable()[0])
BROTLI = "console.log(require('zlib').brotliCompressSync(require('fs').readFileSync(process.argv[1])).length)"
NEWER_SYNTAX = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "logical assignment": r"(\|\||&&)=",
    "private fields": r"\.#\w",
    "numeric separators": r"\d_\d",
}


def test_the_tag_is_at_most_4_kilobytes_of_brotli() -> None:
    size = subprocess.run([NODE, "-e", BROTLI, TAG], capture_output=True, check=True, text=True).stdout
    assert int(size) <= 4096


@pytest.mark.parametrize("syntax", NEWER_SYNTAX)
def test_browsers_of_2019_can_read_the_tag(syntax: str) -> None:
    assert re.search(NEWER_SYNTAX[syntax], TAG.read_text()) is None


def test_the_tag_is_written_for_people() -> None:
    lines = TAG.read_text().splitlines()
    assert 200 < len(lines) <= 400
    assert max(map(len, lines)) <= 120
    assert not re.search(r"\beval\b|new Function|innerHTML|document\.write|\.style\b", TAG.read_text())
