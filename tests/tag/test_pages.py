"""What counts as a page view, and what a page says about itself."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tag.recording import Collector

LINKED = {"@context": "https://schema.org", "@graph": [{"keywords": ["linked", {"name": "defined"}]}, {"name": "x"}]}


def paths(collector: Collector, count: int) -> list[str]:
    """Paths of the first page views, once so many have arrived."""
    return [event["context"]["page"]["path"] for event in collector.wait_for_events(count) if event["type"] == "page"]


def test_a_page_view_is_one_small_post_without_preflight(page: Page, collector: Collector) -> None:
    collector.has(head='<meta name="keywords" content="cycling, gear">')
    page.goto(collector.address("/?utm_source=letter&utm_medium=email&utm_campaign=spring", host="localhost"))
    collector.wait_for_posts(1)
    page.evaluate("rollcall('refresh')")
    collector.wait_for_path("/v1/me")
    post = collector.received[0]
    assert post.headers["content-type"].startswith("text/plain")
    assert [received.path for received in collector.received].count("/v1/batch") == 1
    assert len(post.body) <= 900


def test_a_page_view_says_where_what_and_from_where(page: Page, collector: Collector) -> None:
    collector.has(path="/bikes")
    page.goto(
        collector.address("/bikes?utm_source=letter&utm_campaign=spring&utm_term=&x=1#top"), referer="http://a.test/"
    )
    batch = collector.wait_for_posts(1)[0].batch
    assert set(batch) == {"writeKey", "sentAt", "visitorSecret", "batch"}
    assert batch["writeKey"] == collector.write_key
    [event] = batch["batch"]
    assert set(event) == {"type", "messageId", "timestamp", "properties", "context"}
    assert event["context"] == {
        "page": {
            "url": collector.address("/bikes?utm_source=letter&utm_campaign=spring&utm_term=&x=1"),
            "path": "/bikes",
            "title": "Page",
            "referrer": "http://a.test/",
            "search": "?utm_source=letter&utm_campaign=spring&utm_term=&x=1",
        },
        "campaign": {"source": "letter", "name": "spring", "term": ""},
        "locale": "en-US",
        "viewport": {"width": 1280, "height": 720},
        "automated": True,
        "topics": {},
    }


@pytest.mark.parametrize(
    ("head", "body", "topics"),
    [
        ('<meta name="Keywords" content="cycling, road bikes,,">', "", {"cycling": 1, "road bikes": 1}),
        ('<meta property="article:tag" content="a"><meta property="article:tag" content="b">', "", {"a": 1, "b": 1}),
        (f'<script type="application/ld+json">{json.dumps(LINKED)}</script>', "", {"linked": 1, "defined": 1}),
        ('<script type="application/ld+json">{"keywords": "x, y"}</script>', "", {"x": 1, "y": 1}),
        ('<script type="application/ld+json">[null, {</script>', '<p data-topics="a">', {"a": 1}),
        ("", '<p data-topics="cycling:1 gear:0.5"><p data-topics="tea">', {"cycling": 1, "tea": 1, "gear": 0.5}),
        ("", '<p data-topics="road bikes:0.25, gear">', {"gear": 1, "road bikes": 0.25}),
        ('<meta name="keywords" content="cycling,gear">', '<p data-topics="gear:0.5">', {"cycling": 1, "gear": 0.5}),
        ('<meta name="keywords" content="cycling,ads">', '<p data-topics="ads:0 x:7 y:z">', {"cycling": 1, "x": 1}),
        ('<meta name="keywords" content="__proto__,constructor">', "", {"constructor": 1}),
    ],
)
def test_topics_come_from_the_page_heaviest_first(
    page: Page, collector: Collector, head: str, body: str, topics: dict[str, float]
) -> None:
    collector.has(head=head, body=body)
    page.goto(collector.address())
    found = collector.wait_for_events(1)[0]["context"]["topics"]
    assert list(found.items()) == list(topics.items())


def test_only_page_views_carry_topics(page: Page, collector: Collector) -> None:
    collector.has(body='<main data-topics="cycling">')
    page.goto(collector.address())
    page.evaluate("rollcall('track', 'Seen')")
    assert ["topics" in event["context"] for event in collector.wait_for_events(2)] == [True, False]


def test_routes_count_when_the_address_changes(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    steps = [
        "history.pushState({}, '', '/pushed'); document.title = 'Pushed'",
        "history.pushState({modal: 1}, '', '/pushed')",
        "history.replaceState({}, '', '/pushed')",
        "history.replaceState({}, '', '/replaced')",
        "location.hash = 'part'",
        "history.pushState({}, '', '/last')",
    ]
    for step in steps:
        page.evaluate(f"() => {{ {step}; return new Promise(done => setTimeout(done, 10)) }}")
    page.go_back()
    assert paths(collector, 5) == ["/", "/pushed", "/replaced", "/last", "/replaced"]
    assert collector.events[1]["context"]["page"]["title"] == "Pushed"
    assert collector.events[1]["context"]["page"]["referrer"] == collector.address()


def test_an_event_right_after_a_route_change_comes_after_its_page_view(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.evaluate("history.pushState({}, '', '/next'); rollcall('track', 'Seen')")
    assert [event["type"] for event in collector.wait_for_posts(2)[1].batch["batch"]] == ["page", "track"]


def test_a_page_that_comes_back_from_the_cache_counts_again(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert paths(collector, 2) == ["/", "/"]


def test_nothing_is_sent_while_a_page_is_rendered_in_advance(page: Page, collector: Collector) -> None:
    page.add_init_script("window.early = true; Object.defineProperty(document, 'prerendering', {get: () => early})")
    collector.has()
    page.goto(collector.address())
    page.evaluate("rollcall('track', 'Early'); new Promise(done => setTimeout(done, 100))")
    assert collector.received == []
    page.evaluate("early = false; document.dispatchEvent(new Event('prerenderingchange'))")
    assert sorted(event["type"] for event in collector.wait_for_events(2)) == ["page", "track"]
    assert len(collector.posts) == 1


def test_calls_made_before_the_tag_loads_are_kept(page: Page, collector: Collector) -> None:
    stub = "window.rollcall=window.rollcall||function(){(rollcall.q=rollcall.q||[]).push(arguments)}"
    calls = "const kept = rollcall; rollcall('track', 'Early', {n: 1}); rollcall('identify', {email: 'a@b.example'})"
    collector.has(head=f"<script>{stub};{calls}</script>")
    page.goto(collector.address())
    collector.wait_for_posts(1)
    page.evaluate("kept('track', 'Late')")
    events = collector.wait_for_events(4)
    assert {event.get("event", event["type"]) for event in events} == {"page", "Early", "identify", "Late"}
    assert len(collector.posts) == 2


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("rollcall('page')", {"type": "page", "properties": {}}),
    ("rollcall('page', 'Home')", {"type": "page", "name": "Home", "properties": {}}),
    ("rollcall('page', {a: 1})", {"type": "page", "properties": {"a": 1}}),
    ("rollcall('page', 'Home', {a: 1})", {"type": "page", "name": "Home", "properties": {"a": 1}}),
    ("rollcall('track', 'Bought', {price: 5})", {"type": "track", "event": "Bought", "properties": {"price": 5}}),
    ("rollcall('track', 'Bought', null)", {"type": "track", "event": "Bought", "properties": {}}),
    ("rollcall('identify', {plan: 'pro'})", {"type": "identify", "traits": {"plan": "pro"}}),
    ("rollcall('identify', 42)", {"type": "identify", "userId": "42", "traits": {}}),
    ("rollcall('group', 7, {name: 'Acme'})", {"type": "group", "groupId": "7", "traits": {"name": "Acme"}}),
    ("rollcall('identify', 'u1', {plan: 'pro'})", {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}}),
]


def test_calls_become_events_of_the_tracking_protocol(page: Page, collector: Collector) -> None:
    collector.has(tag='data-page-views="manual"')
    page.goto(collector.address())
    for call, _ in CALLS:
        page.evaluate(call)
    around = {"messageId", "timestamp", "context"}
    events = [{key: event[key] for key in event.keys() - around} for event in collector.wait_for_events(len(CALLS))]
    assert events == [expected for _, expected in CALLS]


def test_an_unknown_call_is_named_in_the_console(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    with page.expect_console_message() as message:
        page.evaluate("rollcall('trck', 'Bought')")
    assert message.value.text == "rollcall: no such command trck"
