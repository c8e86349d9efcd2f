"""The examples of docs/tag.md run, and send what the manual says they send."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page

from tests.tag.recording import Collector, ready

MANUAL = (Path(__file__).parents[2] / "docs" / "tag.md").read_text()
EXAMPLE = re.compile(r"^```(html|js)\n(.*?)^```\n(?:```json\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
EXAMPLES = EXAMPLE.findall(MANUAL)


def includes(actual: Any, expected: Any) -> bool:
    """Whether everything expected is there, at any depth."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(includes(actual.get(key), value) for key, value in expected.items())
    return bool(actual == expected)


def page_with(example: str, collector: Collector) -> None:
    """Publish a page with the example; the tag is added to those that do not show it."""
    if "<script async" in example:
        script = example.replace("https://rollcall.example", collector.address("")).replace(
            "wk_test", collector.write_key
        )
        collector.pages["/"] = f"<!doctype html><title>Page</title>{script}"
    else:
        collector.has(body=example)


@pytest.mark.parametrize("example", [text for kind, text, sent in EXAMPLES if kind == "html" and not sent])
def test_pages_of_the_manual_are_counted(page: Page, collector: Collector, example: str) -> None:
    page_with(example, collector)
    page.goto(collector.address())
    assert collector.wait_for_events(1)[0]["type"] == "page"


@pytest.mark.parametrize(
    ("example", "sent"), [(text, sent) for kind, text, sent in EXAMPLES if kind == "html" and sent]
)
def test_pages_of_the_manual_send_what_it_says(page: Page, collector: Collector, example: str, sent: str) -> None:
    page_with(example, collector)
    page.goto(collector.address())
    expected = msgspec.json.decode(sent)
    collector.wait_for(lambda: all(any(includes(event, one) for event in collector.events) for one in expected), sent)


@pytest.mark.parametrize(("example", "sent"), [(text, sent) for kind, text, sent in EXAMPLES if kind == "js"])
def test_calls_of_the_manual_send_what_it_says(page: Page, collector: Collector, example: str, sent: str) -> None:
    page.route("**/graphql", lambda route: route.fulfill(json={"data": {"me": None}}))
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.add_script_tag(content=example)
    expected = msgspec.json.decode(sent or '[{"type": "track", "event": "Afterwards"}]')
    page.evaluate("rollcall('track', 'Afterwards')")
    events = collector.wait_for_events(1 + len(expected))[1:]
    assert all(map(includes, events, expected)), events


def test_every_switch_and_call_is_in_the_manual() -> None:
    source = (Path(__file__).parents[2] / "static" / "tag.js").read_text()
    switches = set(re.findall(r"settings\.(\w+)", source))
    written = {re.sub(r"[A-Z]", lambda capital: "-" + capital[0].lower(), switch) for switch in switches}
    commands = re.findall(r"^    (\w+): ", source[source.index("const commands") :], re.MULTILINE)
    assert {"page", "track", "identify", "group", "reset", "consent", "refresh", "on", "ready"} == set(commands)
    assert all(f"`data-{switch}" in MANUAL for switch in written)
    assert all(f"rollcall('{command}'" in MANUAL for command in commands)
