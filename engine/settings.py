"""Every setting, its default and its meaning, in one frozen value. Only the command line reads the environment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import InvalidValue
from engine.values import FieldType, Trust

TAKEN_PATHS = frozenset({"graphql", "console", "static", "demo", "healthz", "readyz", "metrics", "openapi.json"})
"""First parts of paths that lead elsewhere."""


@dataclass(frozen=True, slots=True)
class DeclaredAttribute:
    """An attribute that is known before any event brings it: its type, and what to tell people of it."""

    name: str
    type: FieldType
    label: str = ""
    description: str = ""
    trust: Trust = Trust.CLAIMED
    """The least with which it may be said; what is said with less stays in the log and counts for nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Flags come before `ROLLCALL_*` variables, those before `rollcall.toml`, that before these defaults."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8470
    """Port to listen on; 0 picks a free one."""
    database: str = "sqlite:///rollcall.db"
    """Where everything is kept, as a URL; only sqlite for now."""
    key_file: str | None = None
    """Where the master key is kept, made when first needed; `<database file>.key` when not said."""
    write_key: str | None = None
    """A write key to accept besides those in the database (wk_…)."""
    secret_key: str | None = None
    """A secret key to accept besides those in the database (sk_…)."""
    console_token: str | None = None
    """A token that opens the console besides those in the database (ct_…)."""
    token_audience: str = "rollcall"
    """What identity tokens must name as their audience (`aud`)."""
    rate_limit: str = "200"
    """Requests a second for each address with bursts of five times as many, or `off`."""
    key_rate_limit: str = "off"
    """The same for each key; a write key stands in pages, so that strangers could use up all of its share."""
    trusted_proxies: str | None = None
    """Addresses or networks, separated by commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    simulated_clock: bool = False
    """Let `POST /v1/simulation/advance` move the clock on."""
    header_timeout: int = 10
    """Seconds in which a request's header fields must have come; later, the answer is 408."""
    body_timeout: int = 30
    """Seconds in which a request's body must have come (else 408), and in which a client must go on reading."""
    idle_timeout: int = 15
    """Seconds for which a connection is kept between requests; behind a proxy, longer than the proxy keeps it."""
    connection_limit: int = 10_000
    """Connections at once, if the system lets it open so many; beyond, whoever has been slow for longest must go."""
    inbox_size: int = 10_000
    """Events that may wait for the writer; beyond that the answer is 429."""
    tag_path: str = "/tag.js"
    """Where the tag is served, besides /tag.js."""
    collector_path: str = "/v1"
    """A second place, besides /v1, for what the tag asks; its pages say `data-path`. Blockers know usual names."""
    live_streams: int = 500
    """Pages that may follow their visitor live at once; an address has a quarter of them."""
    bots: str = "leave_out"
    """What becomes of events from crawlers and automated browsers: `leave_out`, or `keep` (marked, like any others)."""
    allowed_origins: str = "*"
    """Origins, separated by commas, whose pages may read answers; `*` for any."""
    graphql_introspection: str = "keys"
    """Who may ask GraphQL for its schema, and is told what a wrong name may have meant: `keys`, or `everyone`."""
    graphql_documents: str | None = None
    """Trusted GraphQL documents: a folder of .graphql files, or a JSON file of identifier → text."""
    graphql_visitors: str = "anything"
    """What visitors may ask GraphQL: `anything` within the limits, or only the trusted `documents`."""
    visitor_cookie: bool = False
    """Let a cookie that no script reads carry the visitor's secret; `allowed_origins` must name your pages."""
    time_zone: str = "UTC"
    """The account's time zone, such as Europe/Berlin: for the local hours and weekdays that rules ask about."""
    identity_link: str = "claimed"
    """What joins a device to a person: `claimed`, any naming; or `verified`, only an identity token or a secret key."""
    secure_cookies: bool = False
    """Mark cookies Secure even when the request itself came without TLS (behind a proxy)."""
    attributes: tuple[DeclaredAttribute, ...] = ()
    """Attributes declared before there is data; they stand in `rollcall.toml` only."""


def proxies_of(settings: Settings) -> list[str]:
    """Give the addresses and networks of trusted proxies. Raises InvalidValue: `*` would believe anybody."""
    named = [one.strip() for one in (settings.trusted_proxies or "").split(",") if one.strip()]
    for one in named:
        try:
            ip_network(one)
        except ValueError:
            message = f"trusted_proxies lists addresses or networks, such as 10.0.0.0/8; {one!r} is neither."
            raise InvalidValue(message, ("trusted_proxies",)) from None
    return named


def paths_of(settings: Settings) -> tuple[str, str]:
    """Give the tag's and the collector's own paths. Raises InvalidValue where one cannot be a path of its own."""
    for name in ("tag_path", "collector_path"):
        path = getattr(settings, name)
        if not re.fullmatch(r"(/[A-Za-z0-9_.~-]+)+", path) or path.split("/")[1] in TAKEN_PATHS or "/.." in path:
            message = (
                f"{name} is a path such as /hello, of letters, digits and - _ . ~, and not one in use; not {path!r}."
            )
            raise InvalidValue(message, (name,))
    return settings.tag_path, settings.collector_path


def zone_of(settings: Settings) -> ZoneInfo:
    """Give the account's time zone. Raises InvalidValue."""
    try:
        return ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"There is no time zone {settings.time_zone!r}. Write one such as Europe/Berlin, or UTC."
        raise InvalidValue(message, ("time_zone",)) from None


def check_bounds(settings: Settings) -> None:
    """Raise InvalidValue for a bound that would let nobody in."""
    for name in ("header_timeout", "body_timeout", "idle_timeout", "connection_limit"):
        if getattr(settings, name) < 1:
            raise InvalidValue(f"{name} is a whole number, at least 1.", (name,))


def keeps_bots(settings: Settings) -> bool:
    """Tell whether events from crawlers and automated browsers are kept. Raises InvalidValue."""
    if settings.bots not in ("leave_out", "keep"):
        raise InvalidValue(f"bots is `leave_out` or `keep`, not {settings.bots!r}.", ("bots",))
    return settings.bots == "keep"


def needs_of(attributes: Iterable[DeclaredAttribute]) -> dict[str, Trust]:
    """Give the attributes that need more than a claim: name → the least trust."""
    return {one.name: one.trust for one in attributes if one.trust > Trust.CLAIMED}


def claims_link(settings: Settings) -> bool:
    """Tell whether a claim joins a device to a person. Raises InvalidValue."""
    if settings.identity_link not in ("claimed", "verified"):
        message = f"identity_link is `claimed` or `verified`, not {settings.identity_link!r}."
        raise InvalidValue(message, ("identity_link",))
    return settings.identity_link == "claimed"
