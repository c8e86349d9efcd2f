"""While consent is denied nothing is stored and nothing is sent; withdrawing it deletes."""

import pytest
from playwright.sync_api import Page

from tests.tag.recording import Collector

PRIVACY_SIGNAL = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
REQUIRED = 'data-consent="required"'


def settle(page: Page, collector: Collector) -> list[str]:
    """Let the tag do all it means to do, then tell the paths it asked for."""
    page.evaluate("() => new Promise(done => setTimeout(done, 50)).then(() => fetch('/v1/marker'))")
    return [received.path for received in collector.received if received.path != "/v1/marker"]


@pytest.mark.parametrize(("signal", "tag"), [("0", REQUIRED), (PRIVACY_SIGNAL, "")], ids=["required", "signal"])
def test_nothing_is_stored_or_sent_without_consent(page: Page, collector: Collector, signal: str, tag: str) -> None:
    page.add_init_script(signal)
    collector.has(tag=tag)
    page.goto(collector.address())
    page.evaluate("rollcall('track', 'Seen'); rollcall('refresh'); rollcall('ready', () => window.told = true)")
    assert settle(page, collector) == []
    assert page.evaluate("[localStorage.length, document.cookie, rollcall.authorization(), told]") == [
        0,
        "",
        None,
        True,
    ]


def test_consent_sends_what_this_page_has_seen_and_is_remembered(page: Page, collector: Collector) -> None:
    collector.has(tag=REQUIRED)
    page.goto(collector.address("/?utm_source=letter"))
    page.evaluate("rollcall('track', 'Seen'); rollcall('consent', true)")
    events = collector.wait_for_events(2)
    assert {event["type"] for event in events} == {"page", "track"}
    assert events[0]["context"]["campaign"] == {"source": "letter"}
    page.reload()
    assert collector.wait_for_events(3)[2]["type"] == "page"


@pytest.mark.parametrize("answer", ["yes", 1, None, "granted"])
def test_only_true_is_consent(page: Page, collector: Collector, answer: object) -> None:
    collector.has(tag=REQUIRED)
    page.goto(collector.address())
    page.evaluate("answer => rollcall('consent', answer)", answer)
    assert settle(page, collector) == []
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(("tag", "kept"), [(REQUIRED, {}), ("", {"rollcall.consent": "denied"})])
def test_withdrawing_deletes_and_lasts(page: Page, collector: Collector, tag: str, kept: dict[str, str]) -> None:
    collector.visitor = {"known": True, "audiences": ["cyclists"]}
    collector.has(tag=tag, body="<p id=block data-audience=cyclists hidden>Hello")
    page.goto(collector.address())
    page.evaluate("rollcall('consent', true)")
    page.wait_for_function("rollcall.known")
    page.evaluate("rollcall('track', 'Unsent'); rollcall('consent', false)")
    assert page.evaluate("({...localStorage})") == kept
    assert page.evaluate("[rollcall.known, rollcall.audiences]") == [False, []]
    assert page.locator("#block").is_hidden()
    page.reload()
    settle(page, collector)
    assert [event["type"] for event in collector.events] == ["page"]


def test_a_refused_visitor_who_consents_is_a_new_one(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.evaluate("rollcall('consent', false); rollcall('consent', true); rollcall('track', 'Seen')")
    first, second = collector.wait_for_posts(2)
    assert first.batch["visitorSecret"] != second.batch["visitorSecret"]
