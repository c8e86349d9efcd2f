"""Crawlers and automated browsers are told so, counted, and kept out of profiles, unless the settings keep them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from collector.protocols.bots import bot_sign
from tests.collector.wire import Answer, ask, browser, event, metrics, new, post, profile
from tests.server import SECRET_KEY, WRITE_KEY, Server, StartServer

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
BOTS = {
    "Google's": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; "
    "+http://www.google.com/bot.html) Chrome/141.0.0.0 Safari/537.36",
    "Bing's": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "OpenAI's": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot",
    "Lighthouse": f"{CHROME} Chrome-Lighthouse",
    "a headless browser": CHROME.replace("Chrome", "HeadlessChrome"),
}
PEOPLE = {
    "Chrome": CHROME,
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "a phone whose maker's name ends in bot": "Mozilla/5.0 (Linux; Android 12; CUBOT_X30) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    "an app": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile Instagram 300.0",
    "one who opens a mail": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "a server's client": "analytics-python/2.3.4",
    "a program": "curl/8.5.0",
    "another": "python-requests/2.32.0",
    "nothing": "",
}
AUTOMATED: dict[str, Any] = {"context": {"automated": True}}


@pytest.fixture(scope="module")
def strict(start_server: StartServer) -> Server:
    """Give a server that leaves bots out, as every server does unless it is told otherwise."""
    return start_server(ROLLCALL_BOTS="leave_out")


def visit(server: Server, agent: str, **more: Any) -> tuple[dict[str, Any], Answer]:
    sent = event(**more)
    return sent, post(server, "/v1/batch", {"batch": [sent]}, User_Agent=agent)


@pytest.mark.parametrize("agent", PEOPLE.values(), ids=PEOPLE)
def test_people_and_programs_that_send_events_are_no_bots(agent: str) -> None:
    assert bot_sign({}, agent) is None


@pytest.mark.parametrize("agent", BOTS.values(), ids=BOTS)
def test_crawlers_are_known_by_their_user_agent(agent: str) -> None:
    assert bot_sign({}, agent) == "User-Agent"
    assert bot_sign({"userAgent": agent}, CHROME) == "context.userAgent"
    assert bot_sign({"userAgent": CHROME}, agent) is None


def test_an_event_of_a_bot_is_answered_like_any_other_told_so_and_kept_nowhere(strict: Server) -> None:
    before = metrics(strict).get(("rollcall_events_total", "bot"), 0)

    sent, answer = visit(strict, BOTS["Google's"])
    automated, other = visit(strict, CHROME, **AUTOMATED)

    assert (answer.status, answer.json["accepted"], answer.rejected) == (200, 0, [])
    assert answer.warnings == [(0, "bot", "User-Agent")]
    assert other.warnings == [(0, "bot", "context.automated")]
    assert metrics(strict)["rollcall_events_total", "bot"] == before + 2
    for one in (sent, automated):
        assert profile(strict, anonymousId=one["anonymousId"]) is None
    with closing(sqlite3.connect(strict.database)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM refusals").fetchone() == (0,)


def test_a_bot_among_others_holds_nobody_up(strict: Server) -> None:
    answer = post(strict, "/v1/batch", {"batch": [event(**AUTOMATED), event(), event("nonsense")]})

    assert (answer.json["accepted"], answer.warnings) == (1, [(0, "bot", "context.automated")])
    assert answer.rejected == [(2, "unknown_type", "type")]


def test_a_bot_that_shows_a_secret_sees_what_a_stranger_sees(strict: Server) -> None:
    answer = browser().post(strict, event(**AUTOMATED))

    assert answer.json["visitor"] == {"known": False, "audiences": []}


def test_the_pixel_counts_a_mail_that_is_opened_and_no_crawler(strict: Server) -> None:
    opened, crawled = new("device"), new("device")

    for device, agent in ((opened, PEOPLE["one who opens a mail"]), (crawled, BOTS["Bing's"])):
        path = f"/v1/pixel.gif?writeKey={WRITE_KEY}&event=Opened&anonymousId={device}"
        assert ask(strict, "GET", path, User_Agent=agent).status == 200

    assert profile(strict, anonymousId=opened) is not None
    assert profile(strict, anonymousId=crawled) is None


def test_a_server_that_says_for_whom_it_speaks_is_believed_of_bots_too(strict: Server) -> None:
    sent = event(context={"userAgent": BOTS["Google's"]})

    answer = post(strict, "/v1/page", sent, Authorization=f"Bearer {SECRET_KEY}", User_Agent=BOTS["Lighthouse"])

    assert answer.warnings == [(0, "bot", "context.userAgent")]


def test_settings_may_keep_them_marked(server: Server) -> None:
    sent, answer = visit(server, BOTS["Google's"])

    assert (answer.json["accepted"], answer.warnings) == (1, [])
    with closing(sqlite3.connect(server.database)) as connection:
        found = connection.execute(
            "SELECT body ->> 'marks' FROM events WHERE message_id = ?", (sent["messageId"],)
        ).fetchone()
    assert found == ('["bot"]',)


@pytest.mark.parametrize("text", ["a", "-", "(http", "http", "a.", "+"])
def test_a_hostile_user_agent_is_read_like_any_other(text: str) -> None:
    """Patterns that backtrack take hours for it, and then the time-out of this test ends it."""
    assert bot_sign({}, "Mozilla/5.0 (" + text * 1_000_000) is None


@pytest.mark.parametrize("said", ["yes", 1, None, {}, False])
def test_only_true_is_automated(said: object) -> None:
    assert bot_sign({"automated": said}, CHROME) is None
