"""What surrounded an event: page, campaign, channel, device, topics; worked out once, when it arrives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ua_parser import parse as parse_user_agent

from engine.domain.events import Context

MOST_TOPICS = 50
LONGEST = 500
_WORDS = re.compile(r"[a-z0-9]+")
_UTM = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
}
_PAID = re.compile(r".*cp.*|ppc|paid.*|ads?|display|banner|retargeting")
"""A word of a medium that says it was paid for, as web analytics commonly read it."""
_PAID_CLICKS = frozenset({"gclid", "gbraid", "wbraid", "msclkid", "dclid", "ttclid"})
_SOCIAL_CLICKS = frozenset({"fbclid", "igshid"})
"""Added to every link that leaves there, paid for or not."""
_SOCIAL = (
    *("facebook.", "instagram.", "twitter.", "x.com", "t.co", "linkedin.", "lnkd.in", "pinterest.", "reddit."),
    *("tiktok.", "youtube.", "mastodon.", "bsky.", "threads.net"),
)
_SEARCH = ("google.", "bing.", "duckduckgo.", "yahoo.", "ecosia.", "startpage.", "qwant.", "yandex.", "baidu.")


def context_of(
    said: Mapping[str, Any],
    properties: Mapping[str, Any],
    user_agent: str,
    consent: dict[str, bool] | None = None,
    gpc: bool = False,
) -> Context:
    """Make the context of an event from what the wire said of it, the request's user agent, and what was agreed to."""
    page = _mapping(said.get("page"))
    url = _text(page.get("url")) or _text(properties.get("url"))
    host, path, query = _address(url)
    campaign = _campaign(_mapping(said.get("campaign")), query)
    referrer = _text(page.get("referrer")) or _text(properties.get("referrer"))
    from_host = _address(referrer)[0]
    outside = from_host if from_host and from_host != host else None
    agent = _device(_text(said.get("userAgent")) or user_agent)
    return Context(
        url=url,
        path=_text(page.get("path")) or path,
        title=_text(page.get("title")) or _text(properties.get("title")),
        referrer=referrer,
        referrer_domain=outside,
        language=_text(said.get("locale")),
        device=agent[0],
        browser=agent[1],
        system=agent[2],
        campaign=campaign,
        channel=_channel(campaign, query, outside, referrer, url),
        topics=topics_of(said.get("topics") or properties.get("topics") or properties.get("keywords")),
        consent=consent or {},
        gpc=gpc,
    )


def topics_of(said: Any) -> dict[str, float]:
    """Read topics: a mapping of relevances, a list, or words between commas; at most 50."""
    if isinstance(said, str):
        said = said.split(",")
    if isinstance(said, list):
        said = {topic: 1.0 for topic in said if isinstance(topic, str)}
    if not isinstance(said, dict):
        return {}
    named = ((" ".join(str(topic).lower().split())[:100], weight) for topic, weight in said.items())
    return {topic: found for topic, weight in islice(named, MOST_TOPICS) if topic and (found := _relevance(weight))}


def _relevance(weight: Any) -> float:
    if isinstance(weight, bool) or not isinstance(weight, int | float) or weight != weight:
        return 0.0
    return float(min(1.0, max(0.0, weight)))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value.strip()[:2_000] or None if isinstance(value, str) else None


@lru_cache(8_192)
def _address(url: str | None) -> tuple[str | None, str | None, tuple[tuple[str, str], ...]]:
    """Give host (without www), path and query of an address."""
    if url is None:
        return None, None, ()
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.") or None
        return host, parts.path or None, tuple(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return None, None, ()


def _campaign(said: Mapping[str, Any], query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found = {_UTM[key]: value[:LONGEST] for key, value in query if key in _UTM and value}
    return found | {key: text[:LONGEST] for key in _UTM.values() if (text := _text(said.get(key)))}


def _channel(
    campaign: Mapping[str, str],
    query: tuple[tuple[str, str], ...],
    outside: str | None,
    referrer: str | None,
    url: str | None,
) -> str | None:
    """Tell how the visitor came; None when he was here already, or nothing is known."""
    medium = campaign.get("medium", "").lower()
    clicks = {key for key, _ in query}
    if clicks & _PAID_CLICKS or any(map(_PAID.fullmatch, _WORDS.findall(medium))):
        return "paid"
    if "email" in medium or "newsletter" in medium or medium == "e-mail":
        return "email"
    if "social" in medium or clicks & _SOCIAL_CLICKS:
        return "social"
    if outside is not None:
        return _referred(outside)
    return "direct" if url is not None and referrer is None else None


@lru_cache(4_096)
def _referred(host: str) -> str:
    def is_one_of(names: tuple[str, ...]) -> bool:
        return any(
            f".{name}" in f".{host}" if name.endswith(".") else f".{host}".endswith(f".{name}") for name in names
        )

    if is_one_of(_SOCIAL):
        return "social"
    return "search" if is_one_of(_SEARCH) else "referral"


@lru_cache(4_096)
def _device(user_agent: str) -> tuple[str | None, str | None, str | None]:
    """Tell device class, browser and system; None where the user agent does not say."""
    if not user_agent:
        return None, None, None
    found = parse_user_agent(user_agent[:LONGEST])
    system = found.os.family if found.os else None
    browser = found.user_agent.family if found.user_agent else None
    lower = user_agent.lower()
    if "ipad" in lower or "tablet" in lower or ("android" in lower and "mobile" not in lower):
        return "tablet", browser, system
    if "mobi" in lower or "iphone" in lower:
        return "mobile", browser, system
    return ("desktop" if system else None), browser, system
