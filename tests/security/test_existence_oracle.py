"""The attack: claim an address, and tell from anything that comes back whether its owner is known here.

Each script is played twice: about people who are here, and about people who are not. What the attacker is told must be
the same to the letter, but for the names that he chose himself, ids and times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median
from typing import Any, TypeAlias

import pytest

from tests.collector.wire import Browser, batch, browser, event, new
from tests.security.people import by_server, claims, hint, own_view, victim
from tests.server import Server

Script: TypeAlias = Callable[["Attacker"], None]


@dataclass
class Attacker:
    """Somebody who says names of others, and writes down all that he is told."""

    server: Server
    emails: list[str]
    accounts: list[str]
    first: Browser = field(default_factory=browser)
    second: Browser = field(default_factory=browser)
    told: list[Any] = field(default_factory=list)

    def says(
        self, email: int | None = None, account: int | None = None, who: Browser | None = None, **more: Any
    ) -> None:
        """Claim the address, or the account, of one of the people."""
        named = {} if account is None else {"userId": self.accounts[account]}
        who = who or self.first
        answer = claims(self.server, who, None if email is None else self.emails[email], **named, **more)
        self.told += [answer.status, answer.json, who.post(self.server).json, own_view(self.server, who)]

    def views(self, who: Browser | None = None) -> None:
        """View a page."""
        who = who or self.first
        self.told += [who.post(self.server, event()).json, own_view(self.server, who)]

    @property
    def notes(self) -> str:
        """All that he was told, without what tells who it is about."""
        return hint(self.told, *self.emails, *self.accounts, self.first.id, self.second.id)


def one_after_the_other(attacker: Attacker) -> None:
    attacker.says(email=0)
    attacker.says(email=1)
    attacker.says(email=0)


def history_first(attacker: Attacker) -> None:
    attacker.views()
    attacker.says(email=0)
    attacker.views()


def both_names_of_one(attacker: Attacker) -> None:
    attacker.says(email=0, account=0)
    attacker.views()


def one_name_then_the_other_of_one(attacker: Attacker) -> None:
    attacker.says(email=0)
    attacker.says(account=0)
    attacker.views()


def one_name_then_that_of_another(attacker: Attacker) -> None:
    attacker.says(email=0)
    attacker.says(account=1)
    attacker.views()


def account_then_the_address_of_another(attacker: Attacker) -> None:
    attacker.says(account=0)
    attacker.says(email=1)
    attacker.says(email=2)


def names_of_two_at_once(attacker: Attacker) -> None:
    attacker.views()
    attacker.says(email=0, account=1)
    attacker.views()


def names_of_two_at_once_after_one_of_them(attacker: Attacker) -> None:
    attacker.says(email=0)
    attacker.says(email=0, account=1)
    attacker.says(email=1, account=0)


def own_name_first(attacker: Attacker) -> None:
    attacker.says(email=-1)
    attacker.says(account=0)
    attacker.says(email=0)


def own_account_and_a_strangers_address(attacker: Attacker) -> None:
    attacker.says(account=-1)
    attacker.says(email=0)
    attacker.says(email=0, account=-1)


def two_devices(attacker: Attacker) -> None:
    attacker.says(email=0)
    attacker.says(email=0, who=attacker.second)
    attacker.views()
    attacker.views(attacker.second)


def two_devices_with_different_names(attacker: Attacker) -> None:
    attacker.says(email=0, account=-1)
    attacker.says(account=-1, who=attacker.second)
    attacker.says(email=0, who=attacker.second)


def every_address(attacker: Attacker) -> None:
    attacker.says(account=-1)
    for number in range(3):
        attacker.says(email=number, account=-1)


def traits_beside(attacker: Attacker) -> None:
    attacker.says(email=0, traits={"plan": "free", "city": "Rome"})
    attacker.says(traits={"plan": None})


def after_logging_in(attacker: Attacker) -> None:
    by_server(attacker.server, event("identify", anonymousId=attacker.first.id, userId=attacker.accounts[-1]))
    attacker.says(email=0)
    attacker.says(account=0)
    attacker.views()


def logging_in_later(attacker: Attacker) -> None:
    attacker.says(email=0)
    by_server(attacker.server, event("identify", anonymousId=attacker.first.id, userId=attacker.accounts[-1]))
    attacker.views()
    attacker.says(email=0)


SCRIPTS: list[Script] = [
    *(one_after_the_other, history_first, both_names_of_one, one_name_then_the_other_of_one),
    *(one_name_then_that_of_another, account_then_the_address_of_another, names_of_two_at_once),
    *(names_of_two_at_once_after_one_of_them, own_name_first, own_account_and_a_strangers_address, two_devices),
    *(two_devices_with_different_names, every_address, traits_beside, after_logging_in, logging_in_later),
]


def nobody(server: Server) -> tuple[str, str]:
    """Give names that nobody here has."""
    word = new("private")
    return f"{word}@victim.example", f"{word}-id"


def a_claimed_person(server: Server) -> tuple[str, str]:
    """Give the names of somebody whose device only claims them."""
    email, account = nobody(server)
    claims(server, browser(), email, userId=account)
    return email, account


def a_proven_person(server: Server) -> tuple[str, str]:
    """Give the names of somebody whom servers know."""
    who = victim(server, proven=True)
    return who.email, who.user_id


def an_address_alone(server: Server) -> tuple[str, str]:
    """Give an address that is here, and an account that is not."""
    email, account = nobody(server)
    claims(server, browser(), email)
    return email, account


def an_account_alone(server: Server) -> tuple[str, str]:
    """Give an account that is here, and an address that is not."""
    email, account = nobody(server)
    claims(server, browser(), userId=account)
    return email, account


def one_with_too_many_devices(server: Server) -> tuple[str, str]:
    """Give the names of somebody whose places for devices are all taken."""
    email, account = a_proven_person(server)
    batch(server, *(event("identify", anonymousId=new("crowd"), traits={"email": email}) for _ in range(50)))
    return email, account


World: TypeAlias = Callable[[Server], tuple[str, str]]
WORLDS: list[World] = [a_claimed_person, a_proven_person, an_address_alone, an_account_alone, one_with_too_many_devices]
WITH_ADDRESS: set[World] = {a_claimed_person, a_proven_person, an_address_alone, one_with_too_many_devices}
WITH_ACCOUNT: set[World] = {a_claimed_person, a_proven_person, an_account_alone, one_with_too_many_devices}

TELLS: dict[Script, set[World]] = {}
REASON = "a second name that somebody holds begins a new fragment, and the device's own view shows that"


def _cases() -> Iterator[Any]:
    for script in SCRIPTS:
        for world in WORLDS:
            tells = world in TELLS.get(script, ())
            marks = [pytest.mark.xfail(strict=True, reason=REASON)] if tells else []
            yield pytest.param(script, world, marks=marks, id=f"{script.__name__}, {world.__name__}")


@pytest.fixture(scope="module")
def away() -> dict[Script, str]:
    """Keep what each script tells about people who are not here."""
    return {}


def _played(server: Server, script: Script, world: World) -> str:
    """Play a script about three people of a world; the attacker has a name of his own, which is the last."""
    people = [world(server) for _ in range(3)] + [nobody(server)]
    attacker = Attacker(server, [email for email, _ in people], [account for _, account in people])
    script(attacker)
    return attacker.notes


@pytest.mark.parametrize(("script", "world"), list(_cases()))
def test_what_comes_back_is_the_same_whether_they_are_here_or_not(
    server: Server, away: dict[Script, str], script: Script, world: World
) -> None:
    if script not in away:
        away[script] = _played(server, script, nobody)

    assert _played(server, script, world) == away[script]


def test_the_comparison_sees_a_difference_where_there_is_one(server: Server) -> None:
    def once(attacker: Attacker) -> None:
        attacker.says(email=0)

    notes = [_played(server, script, nobody) for script in (once, history_first, two_devices)]

    assert all(one != other for one, other in combinations(notes, 2))


@pytest.mark.parametrize("world", [a_claimed_person, a_proven_person], ids=lambda world: world.__name__)
def test_it_takes_no_longer_to_claim_one_who_is_here(server: Server, world: World) -> None:
    def takes(email: str) -> float:
        device, started = browser(), time.perf_counter()
        claims(server, device, email)
        return time.perf_counter() - started

    people = [(world(server)[0], nobody(server)[0]) for _ in range(25)]
    taken = [(takes(here), takes(away)) for here, away in people]

    assert median(here for here, _ in taken) < 3 * median(away for _, away in taken) + 0.01


def test_reading_an_unknown_visitor_and_looking_at_none_are_one_answer(server: Server) -> None:
    assert [own_view(server, browser()), browser().post(server).json["visitor"]] == [
        *(None, {"known": False, "audiences": []})
    ]
