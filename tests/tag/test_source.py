"""The tag as a file: small, plain and readable."""

import fcntl
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from tests.tag.recording import STATIC, TAG

SOURCE = STATIC / "tag.js"
MINIFIER = Path(__file__).parent / "minifier"
NODE = Path(compute_driver_executable()[0])
BROTLI = "console.log(require('zlib').brotliCompressSync(require('fs').readFileSync(process.argv[1])).length)"
NEWER_SYNTAX = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "logical assignment": r"(\|\||&&)=",
    "private fields": r"\.#\w",
    "numeric separators": r"\d_\d",
}


def minified() -> str:
    """Minify the source as `make tag` does, with the minifier of package-lock.json."""
    lock = MINIFIER / "package-lock.json"
    npm = shutil.which("npm") or pytest.fail("npm is needed: `apt-get install nodejs npm`.", pytrace=False)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one worker at a time
        if not (MINIFIER / "node_modules" / ".package-lock.json").exists():
            subprocess.run([npm, "ci", "--silent"], cwd=MINIFIER, check=True, timeout=180)
        run = [npm, "run", "--silent", "minify"]
        return subprocess.run(run, cwd=MINIFIER, check=True, capture_output=True, text=True).stdout


def test_what_is_served_is_made_of_the_source_by_terser() -> None:
    assert TAG.read_text() == minified(), "static/tag.js was changed: run `make tag`"


def test_the_tag_is_at_most_4_kilobytes_of_brotli() -> None:
    size = subprocess.run([NODE, "-e", BROTLI, TAG], capture_output=True, check=True, text=True).stdout
    assert int(size) <= 4096


@pytest.mark.parametrize("syntax", NEWER_SYNTAX)
def test_browsers_of_2019_can_read_the_tag(syntax: str) -> None:
    assert re.search(NEWER_SYNTAX[syntax], SOURCE.read_text()) is None


def test_the_tag_is_written_for_people() -> None:
    lines = SOURCE.read_text().splitlines()
    assert 200 < len(lines) <= 520
    assert max(map(len, lines)) <= 120
    assert not re.search(r"\beval\b|new Function|innerHTML|document\.write|\.style\b", SOURCE.read_text())
