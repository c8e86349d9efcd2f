"""How events reach the collector: together, again after failures, and before the page is gone."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.tag.recording import Collector, Received, Refusal, ready


def message_ids(post: Received) -> list[str]:
    """Ids of the events of a post."""
    return [event["messageId"] for event in post.batch["batch"]]


def test_calls_of_one_moment_travel_together(page: Page, collector: Collector) -> None:
    collector.has(tag='data-page-views="manual"')
    page.goto(collector.address())
    page.evaluate("for (let n = 0; n < 5; n++) rollcall('track', 'Seen', {n})")
    [post] = collector.wait_for_posts(1)
    assert [event["properties"]["n"] for event in post.batch["batch"]] == [0, 1, 2, 3, 4]
    assert len(set(message_ids(post))) == 5


def test_long_batches_are_cut_to_what_may_outlive_a_page(page: Page, collector: Collector) -> None:
    collector.has(tag='data-page-views="manual"')
    page.goto(collector.address())
    page.evaluate("for (let n = 0; n < 30; n++) rollcall('track', 'Read', {text: '語'.repeat(3000), n})")
    events = collector.wait_for_events(30)
    assert [event["properties"]["n"] for event in events] == list(range(30))
    assert max(len(post.body) for post in collector.posts) <= 64 * 1024


@pytest.mark.parametrize(
    "refusal", [Refusal(503, {"Retry-After": "1"}), Refusal(429), Refusal(500, {"Retry-After": "soon"})]
)
def test_an_overloaded_collector_is_asked_again_with_the_same_events(
    page: Page, collector: Collector, tolerated: list[str], refusal: Refusal
) -> None:
    collector.has()
    tolerated.append(f"status of {refusal.status}")
    collector.refusals.append(refusal)
    page.goto(collector.address())
    first, second = collector.wait_for_posts(2)
    assert message_ids(second) == message_ids(first)
    assert second.batch["sentAt"] > first.batch["sentAt"]


def test_retry_after_is_not_cut_short(page: Page, collector: Collector, tolerated: list[str]) -> None:
    tolerated.append("status of 503")
    page.clock.install()
    page.add_init_script("window.told = new Promise(done => document.addEventListener('rollcall:ready', () => done()))")
    collector.has()
    collector.refusals.append(Refusal(503, {"Retry-After": "120"}))
    page.goto(collector.address())
    page.clock.run_for(10)
    page.evaluate("told")
    page.clock.run_for(119_000)
    assert len(collector.posts) == 1
    page.clock.run_for(40_000)
    assert message_ids(collector.wait_for_posts(2)[1]) == message_ids(collector.posts[0])


def test_what_was_called_offline_is_sent_once_online(
    page: Page, context: BrowserContext, collector: Collector, tolerated: list[str]
) -> None:
    collector.has()
    page.goto(collector.address())
    collector.wait_for_posts(1)
    ready(page)
    tolerated.append("ERR_INTERNET_DISCONNECTED")
    context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.evaluate("rollcall('track', 'Offline')")
    context.set_offline(False)
    assert [event.get("event") for event in collector.wait_for_events(2)] == [None, "Offline"]


@pytest.mark.parametrize("status", [400, 401, 413])
def test_what_the_collector_will_never_take_is_not_sent_again(
    page: Page, collector: Collector, tolerated: list[str], status: int
) -> None:
    collector.has()
    tolerated.append(f"status of {status}")
    collector.refusals.append(Refusal(status))
    with page.expect_console_message(lambda message: message.text.startswith("rollcall:")):
        page.goto(collector.address())
    page.evaluate("rollcall('track', 'Later')")
    assert [event["type"] for event in collector.wait_for_posts(2)[1].batch["batch"]] == ["track"]


def test_an_event_made_while_leaving_arrives(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.evaluate("addEventListener('pagehide', () => rollcall('track', 'Left'), true)")
    page.goto(collector.address("/elsewhere"))
    assert collector.wait_for_events(2)[1]["event"] == "Left"


def test_an_answer_cut_off_by_leaving_is_still_an_acknowledgement(page: Page, collector: Collector) -> None:
    page.add_init_script("Response.prototype.json = () => Promise.reject(new TypeError('network error'))")
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.goto(collector.address("/elsewhere"))
    collector.has(path="/next")
    page.goto(collector.address("/next"))
    assert [event["context"]["page"]["path"] for event in collector.wait_for_events(2)] == ["/", "/next"]


def test_an_event_arrives_though_its_tab_is_closed_at_once(page: Page, collector: Collector) -> None:
    collector.has()
    page.goto(collector.address())
    ready(page)
    page.evaluate("rollcall('track', 'Last'); setTimeout(close)")
    assert collector.wait_for_events(2)[1]["event"] == "Last"


def test_a_view_counts_though_the_page_is_left_before_it_was_read(page: Page, collector: Collector) -> None:
    page.route("**/slow.js", lambda route: None)  # never answered: the page is left while it waits
    collector.has(body="<script>setTimeout(() => location = '/elsewhere', 300)</script><script src=/slow.js></script>")
    page.goto(collector.address(), wait_until="commit")
    page.wait_for_url("**/elsewhere")
    page.unroute_all(behavior="ignoreErrors")
    assert collector.wait_for_events(1)[0]["context"]["page"]["path"] == "/"


def test_waiting_events_leave_with_the_page_despite_a_pause(
    page: Page, collector: Collector, tolerated: list[str]
) -> None:
    collector.has()
    tolerated.append("status of 503")
    collector.refusals.append(Refusal(503, {"Retry-After": "60"}))
    with page.expect_response("**/v1/batch"):
        page.goto(collector.address())
    ready(page)
    page.goto(collector.address("/elsewhere"))
    assert message_ids(collector.wait_for_posts(2)[1]) == message_ids(collector.posts[0])


def test_the_endpoint_may_be_elsewhere(page: Page, collector: Collector) -> None:
    collector.has(tag=f'data-endpoint="{collector.address("/v1/other/", host="localhost")}"')
    page.goto(collector.address())
    received = collector.wait_for_path("/v1/other/v1/batch")
    assert received.headers["host"].startswith("localhost")


def test_the_tag_works_once_however_often_it_is_included(page: Page, collector: Collector) -> None:
    collector.has(body=f'<script src="{collector.address("/tag.js")}" data-write-key="{collector.write_key}"></script>')
    page.goto(collector.address())
    page.evaluate("rollcall('track', 'Seen')")
    assert [event["type"] for event in collector.wait_for_events(2)] == ["page", "track"]
