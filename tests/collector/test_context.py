"""What surrounded an event: where it was, how the visitor came, on which device, about what."""

from __future__ import annotations

from typing import Any

import pytest

from collector.protocols.context import MOST_TOPICS, context_of, topics_of

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1 Version/17.4 Mobile/15E148 Safari/604.1"
)
TABLET = "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/124.0.0.0 Safari/537.36"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
HERE = "https://www.shop.example/bikes"


def page(url: str = HERE, referrer: str = "", **more: Any) -> dict[str, Any]:
    return {"page": {"url": url, "referrer": referrer}, **more}


@pytest.mark.parametrize(
    ("query", "referrer", "channel"),
    [
        ("", "", "direct"),
        ("", "https://shop.example/", None),
        ("", "https://www.google.com/", "search"),
        ("", "android-app://com.google.android.googlequicksearchbox/", "search"),
        ("", "https://duckduckgo.com/", "search"),
        ("", "https://t.co/abc", "social"),
        ("", "https://t.community.example/", "referral"),
        ("", "https://fedex.com/", "referral"),
        ("", "https://out.reddit.com/x", "social"),
        ("", "https://blog.example/", "referral"),
        ("?utm_medium=CPC&utm_source=google", "https://www.google.com/", "paid"),
        ("?utm_medium=paid-social", "", "paid"),
        ("?utm_medium=social_ads", "", "paid"),
        ("?utm_medium=leads", "https://blog.example/", "referral"),
        ("?utm_medium=social", "", "social"),
        ("?utm_medium=email", "https://mail.google.com/", "email"),
        ("?utm_medium=Newsletter", "", "email"),
        ("?gclid=x", "https://www.google.com/", "paid"),
        ("?fbclid=x", "https://l.facebook.com/", "social"),
        ("?fbclid=x", "", "social"),
    ],
)
def test_how_a_visitor_came(query: str, referrer: str, channel: str | None) -> None:
    assert context_of(page(HERE + query, referrer), {}, "").channel == channel


@pytest.mark.parametrize(
    ("user_agent", "device", "browser", "system"),
    [
        (PHONE, "mobile", "Mobile Safari", "iOS"),
        (TABLET, "tablet", "Chrome", "Android"),
        (DESKTOP, "desktop", "Firefox", "Linux"),
        ("curl/8.5.0", None, "curl", None),
        ("", None, None, None),
        ("\x00" * 5_000, None, None, None),
    ],
)
def test_on_which_device(user_agent: str, device: str | None, browser: str | None, system: str | None) -> None:
    found = context_of({}, {}, user_agent)

    assert (found.device, found.browser, found.system) == (device, browser, system)


def test_what_a_server_says_of_the_device_comes_before_its_own_user_agent() -> None:
    assert context_of({"userAgent": PHONE}, {}, "python-requests/2").device == "mobile"


def test_a_page_is_taken_from_the_context_or_the_properties() -> None:
    said = context_of(page("https://www.shop.example/a?x=1", "https://www.blog.example/post"), {}, "")
    told = context_of({}, {"url": "https://shop.example/a", "title": " Bikes ", "referrer": "https://blog.example"}, "")

    assert (said.path, said.referrer_domain) == ("/a", "blog.example")
    assert (told.path, told.title, told.referrer_domain) == ("/a", "Bikes", "blog.example")


def test_a_campaign_is_read_from_the_address_and_what_is_said_of_it_counts_more() -> None:
    url = f"{HERE}?utm_source=google&utm_campaign=spring&utm_term=a%20b&utm_content={'x' * 600}"

    found = context_of(page(url, campaign={"name": "summer", "source": 7}), {}, "").campaign

    assert found == {"source": "google", "name": "summer", "term": "a b", "content": "x" * 500}


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        (
            {"bikes": 0.5, " E  Bikes ": 2, "no": 0, "bad": "x", "worse": True, "huge": 10**300},
            {"bikes": 0.5, "e bikes": 1.0, "huge": 1.0},
        ),
        (["Bikes", 7, None, ""], {"bikes": 1.0}),
        ("bikes, coffee ,, BIKES", {"bikes": 1.0, "coffee": 1.0}),
        (None, {}),
        (7, {}),
        ({}, {}),
    ],
)
def test_topics_are_a_mapping_a_list_or_words_between_commas(said: Any, topics: dict[str, float]) -> None:
    assert topics_of(said) == topics


def test_topics_are_bounded() -> None:
    assert len(topics_of([str(number) for number in range(500)])) == MOST_TOPICS


@pytest.mark.parametrize(
    "url", ["", " ", "http://[", "//", "javascript:alert(1)", "http://a:b:c/", "x" * 5_000, 7, None, []]
)
def test_an_address_that_is_none_does_no_harm(url: Any) -> None:
    found = context_of({"page": {"url": url, "referrer": url}, "campaign": url}, {"url": url, "topics": url}, "")

    assert found.referrer_domain is None
