"""How often an address, and a key, may ask; and who counts as one."""

from __future__ import annotations

import time

import pytest

from engine.errors import InvalidValue, Overloaded
from engine.runtime.limits import BURST, Limits, RateLimit
from engine.settings import Settings, proxies_of
from tests.collector.wire import ask, event, post
from tests.server import SECRET_KEY, Server, StartServer

SLOW = "2"
PROXY = {"ROLLCALL_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}
MANY = 2 * BURST + 3


def limit(setting: str, most_kept: int = 50) -> RateLimit:
    return RateLimit(setting, "address", "rate_limit", most_kept)


def taken(limit: RateLimit, who: str, times: int) -> int:
    """Tell how many of so many requests pass."""
    passed = 0
    for _ in range(times):
        try:
            limit.take(who)
            passed += 1
        except Overloaded:
            pass
    return passed


def test_a_burst_passes_then_the_rate_holds() -> None:
    slow, fast = limit("0.01"), limit("100")

    at_first = taken(limit("0.6"), "192.0.2.1", 100)
    once = taken(slow, "192.0.2.1", 100)
    burst = taken(fast, "192.0.2.1", 520)
    time.sleep(0.1)

    assert (at_first, once) == (3, 1)
    assert 500 <= burst <= 520
    assert taken(fast, "192.0.2.1", 5) == 5


def test_a_slow_rate_says_how_long_to_wait() -> None:
    slow = limit("0.1")
    slow.take("192.0.2.1")

    with pytest.raises(Overloaded, match="This address sends too much") as told:
        slow.take("192.0.2.1")

    assert told.value.retry_after == 10


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("nonsense:", "nonsense:", True),
    ],
)
def test_who_shares_a_bucket(one: str, other: str, shared: bool) -> None:
    limits = Limits("0.01", "off")
    limits.address(one)

    def asked() -> None:
        limits.address(other)

    if shared:
        with pytest.raises(Overloaded):
            asked()
    else:
        asked()


def test_off_is_no_limit() -> None:
    assert taken(limit("off"), "192.0.2.1", 5_000) == 5_000


@pytest.mark.parametrize("setting", ["0", "-1", "nan", "inf", "", "fast", "10/s", "0.000001", "OFF"])
def test_a_limit_that_makes_no_sense_is_an_error(setting: str) -> None:
    with pytest.raises(InvalidValue, match="rate_limit is `off` or a number"):
        limit(setting)


def test_a_million_addresses_are_not_all_kept_count_of() -> None:
    slow = limit("0.01", most_kept=100)

    for number in range(300):
        slow.take(f"address {number}")

    assert taken(slow, "address 299", 1) == 0
    assert taken(slow, "address 0", 1) == 1


@pytest.fixture(scope="module")
def limited(start_server: StartServer) -> Server:
    """Give a server behind a proxy on this machine, slow with each address."""
    return start_server(ROLLCALL_RATE_LIMIT=SLOW, **PROXY)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/me"), ("POST", "/v1/page"), ("GET", "/graphql?query={me{id}}")]
)
def test_an_address_that_sends_too_much_is_told_when_to_come_back_and_others_are_not(
    limited: Server, method: str, path: str
) -> None:
    at = f"192.0.2.{len(path)}"

    greedy = [ask(limited, method, path, X_Forwarded_For=at) for _ in range(MANY)]
    modest = ask(limited, method, path, X_Forwarded_For="198.51.100.7")

    statuses = [answer.status for answer in greedy]
    assert MANY - statuses.count(429) in (2 * BURST, 2 * BURST + 1)
    assert (greedy[-1].status, greedy[-1].headers["retry-after"]) == (429, "1")
    assert b"sends too much" in greedy[-1].body
    assert modest.status != 429


def test_the_right_most_address_that_is_no_proxy_counts(limited: Server) -> None:
    chains = [f"203.0.113.{n}, 192.0.2.200, 10.1.2.3" for n in range(MANY)]

    statuses = [ask(limited, "GET", "/v1/me", X_Forwarded_For=chain).status for chain in chains]

    assert 429 in statuses


def test_a_header_from_anywhere_else_changes_nothing(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_RATE_LIMIT=SLOW)

    statuses = [ask(server, "GET", "/v1/me", X_Forwarded_For=f"203.0.113.{n}").status for n in range(MANY)]
    metrics = ask(server, "GET", "/metrics", X_Forwarded_For="127.0.0.1")

    assert 429 in statuses
    assert metrics.status == 401


def test_a_forged_loopback_behind_a_proxy_does_not_open_the_metrics(limited: Server) -> None:
    forged = ["127.0.0.1", "127.0.0.1, 10.0.0.1", "192.0.2.77, 127.0.0.1", ""]

    assert {ask(limited, "GET", "/metrics", X_Forwarded_For=chain).status for chain in forged} == {401}
    assert ask(limited, "GET", "/metrics").status == 200


def test_each_key_has_a_limit_of_its_own(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_KEY_RATE_LIMIT=SLOW)

    greedy = [post(server, "/v1/page", event()).status for _ in range(MANY)]
    asking = [_asked(server) for _ in range(MANY)]

    assert greedy[0] == asking[0] == 200
    assert greedy[-1] == asking[-1] == 429
    assert ask(server, "GET", "/v1/me").status == 200


def _asked(server: Server) -> int:
    return ask(server, "GET", "/graphql?query={me{id}}", Authorization=f"Bearer {SECRET_KEY}").status


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "10.0.0.0/33", "10.0.0.1;10.0.0.2"])
def test_a_proxy_that_is_no_address_is_an_error(proxies: str) -> None:
    with pytest.raises(InvalidValue, match="trusted_proxies lists addresses or networks"):
        proxies_of(Settings(trusted_proxies=proxies))
