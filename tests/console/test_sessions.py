"""Sessions end, and guessing costs time, by a clock that the tests move."""

from __future__ import annotations

from dataclasses import dataclass

from console.sessions import IDLE_FOR, LASTS_FOR, MOST, Sessions
from console.slowdown import FORGOTTEN_AFTER, FREE_TRIES, LONGEST_WAIT, MOST_ADDRESSES, Slowdown


@dataclass
class Seconds:
    """A clock that stands until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_that_is_used_goes_on_for_a_week_and_no_longer() -> None:
    seconds = Seconds()
    sessions = Sessions(seconds)
    id = sessions.start("key")

    while seconds.now - 1_000.0 + IDLE_FOR <= LASTS_FOR:
        seconds.now += IDLE_FOR
        assert sessions.key_of(id) == "key"
    seconds.now += IDLE_FOR

    assert sessions.key_of(id) is None


def test_a_session_that_is_not_used_ends() -> None:
    seconds = Seconds()
    sessions = Sessions(seconds)
    id = sessions.start("key")

    seconds.now += IDLE_FOR + 1

    assert sessions.key_of(id) is None


def test_the_longest_unused_session_gives_way() -> None:
    sessions = Sessions(Seconds())
    first, second = sessions.start("one"), sessions.start("two")
    assert sessions.key_of(first) == "one"

    for _ in range(MOST - 1):
        sessions.start("more")

    assert sessions.key_of(first) == "one"
    assert sessions.key_of(second) is None


def test_an_ended_session_opens_nothing() -> None:
    sessions = Sessions(Seconds())
    id = sessions.start("key")

    sessions.end(id)
    sessions.end(id)

    assert sessions.key_of(id) is None
    assert sessions.key_of("") is None


def guess(slowdown: Slowdown, address: str, times: int) -> None:
    for _ in range(times):
        slowdown.wrong(address)


def test_each_wrong_token_beyond_the_first_few_doubles_the_wait_up_to_half_a_minute() -> None:
    seconds = Seconds()
    slowdown = Slowdown(seconds)
    guess(slowdown, "10.0.0.1", FREE_TRIES - 1)
    assert slowdown.wait("10.0.0.1") == 0

    waits = []
    for _ in range(7):
        slowdown.wrong("10.0.0.1")
        waits.append(slowdown.wait("10.0.0.1"))

    assert waits == [1, 2, 4, 8, 16, LONGEST_WAIT, LONGEST_WAIT]
    seconds.now += LONGEST_WAIT
    assert slowdown.wait("10.0.0.1") == 0


def test_a_thousand_wrong_tokens_do_not_overflow_the_wait() -> None:
    slowdown = Slowdown(Seconds())

    guess(slowdown, "10.0.0.1", 2_000)

    assert slowdown.wait("10.0.0.1") == LONGEST_WAIT


def test_other_addresses_do_not_wait_but_the_same_ipv6_network_does() -> None:
    slowdown = Slowdown(Seconds())

    guess(slowdown, "10.0.0.1", 10)
    guess(slowdown, "2001:db8:1:2::1", 10)

    assert slowdown.wait("10.0.0.2") == 0
    assert slowdown.wait("2001:db8:1:3::1") == 0
    assert slowdown.wait("2001:db8:1:2:ffff::9") > 0


def test_wrong_tokens_are_forgotten_by_a_right_one_and_by_time() -> None:
    seconds = Seconds()
    slowdown = Slowdown(seconds)
    guess(slowdown, "10.0.0.1", 10)
    guess(slowdown, "10.0.0.2", 10)

    slowdown.right("10.0.0.1")
    seconds.now += FORGOTTEN_AFTER + 1
    slowdown.wrong("10.0.0.2")

    assert slowdown.wait("10.0.0.1") == 0
    assert slowdown.wait("10.0.0.2") == 0


def test_memory_is_bounded_and_the_latest_are_kept() -> None:
    slowdown = Slowdown(Seconds())
    guess(slowdown, "unreadable address", 10)
    for number in range(MOST_ADDRESSES):
        slowdown.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")

    assert slowdown.wait("unreadable address") == 0
