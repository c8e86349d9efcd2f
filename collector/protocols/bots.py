"""Whether a crawler or an automated browser sent an event. Neither hides; what does hide is not looked for here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crawleruseragents import is_crawler

BOT = "bot"
"""The mark of an event, the code of a warning, and the label of a count."""
AUTOMATED = "context.automated"
"""What the tag says where `navigator.webdriver` is true: no browser of a person's has it."""
TOLD = "A crawler or an automated browser sent this; it is counted and not kept (the setting `bots`)."
LONGEST = 500
_BROWSER = "Mozilla/"
"""How every browser names itself, and every crawler that runs a page's scripts. What does not is a program that was
made to send events, with a key: a server's client, `curl`, an app."""
_FOR_READERS = "GoogleImageProxy"
"""Gets the pictures of a mail when somebody opens it; crawlers are not sent mail."""


def bot_sign(context: Mapping[str, Any], user_agent: str) -> str | None:
    """Give the path of what shows that no person sent it; None where nothing does."""
    if context.get("automated") is True:
        return AUTOMATED
    said = context.get("userAgent")
    agent, path = (said, "context.userAgent") if isinstance(said, str) and said else (user_agent, "User-Agent")
    return path if agent.startswith(_BROWSER) and _crawls(agent[:LONGEST]) else None


@lru_cache(4_096)
def _crawls(agent: str) -> bool:
    return _FOR_READERS not in agent and is_crawler(agent)
