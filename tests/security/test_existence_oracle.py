"""The attack: claim an address, and tell from anything that comes back whether its owner is known here.

Each script is played twice: about people who are here, and about people who are not. What the attacker is told must be
the same to the letter, but for the names that he chose himself, ids and times."""

from __future__ import annotations

import time
from itertools import combinations
from statistics import median

import pytest

from tests.security.oracle import (
    WORLDS,
    Attacker,
    Script,
    World,
    a_claimed_person,
    a_merged_person,
    a_proven_person,
    nobody,
    play,
)
from tests.security.people import browser, claims, own_view
from tests.server import Server


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
    attacker.logs_in(account=-1, device=attacker.first.id)
    attacker.says(email=0)
    attacker.says(account=0)
    attacker.views()


def logging_in_by_his_address(attacker: Attacker) -> None:
    attacker.says(account=0)
    attacker.logs_in(email=-1, device=attacker.first.id)
    attacker.says(account=0)
    attacker.says(email=0)


def logging_in_later(attacker: Attacker) -> None:
    attacker.says(email=0)
    attacker.logs_in(account=-1, device=attacker.first.id)
    attacker.views()
    attacker.says(email=0)


def logging_in_by_what_he_said_beside_a_strangers_name(attacker: Attacker) -> None:
    attacker.says(email=0, account=-1)
    attacker.logs_in(account=-1, device=attacker.first.id)
    attacker.views()


def an_own_name_a_strangers_and_an_own(attacker: Attacker) -> None:
    attacker.logs_in(account=-1, device=attacker.first.id)
    attacker.says(email=0)
    attacker.logs_in(email=-1, device=attacker.first.id)
    attacker.views()


def names_of_two_and_back(attacker: Attacker) -> None:
    attacker.says(email=0, account=1)
    attacker.says(email=2)
    attacker.says(email=0)


def two_devices_logged_in(attacker: Attacker) -> None:
    attacker.logs_in(account=-1, device=attacker.first.id)
    attacker.logs_in(account=-1, device=attacker.second.id)
    attacker.says(email=0)
    attacker.views(attacker.second)


def one_device_logged_in_and_another(attacker: Attacker) -> None:
    attacker.logs_in(account=-1, device=attacker.first.id)
    attacker.says(account=-1, who=attacker.second)
    attacker.says(email=0, who=attacker.second)
    attacker.views()


SCRIPTS: list[Script] = [
    *(one_after_the_other, history_first, both_names_of_one, one_name_then_the_other_of_one),
    *(one_name_then_that_of_another, account_then_the_address_of_another, names_of_two_at_once),
    *(names_of_two_at_once_after_one_of_them, own_name_first, own_account_and_a_strangers_address, two_devices),
    *(two_devices_with_different_names, every_address, traits_beside, after_logging_in, logging_in_later),
    *(logging_in_by_his_address, logging_in_by_what_he_said_beside_a_strangers_name),
    *(an_own_name_a_strangers_and_an_own, names_of_two_and_back),
]


OF_TWO_DEVICES: list[Script] = [two_devices_logged_in, one_device_logged_in_and_another]
"""What may tell, but where only proof links (decision 13)."""


@pytest.fixture(scope="module")
def away() -> dict[Script, str]:
    """Keep what each script tells about people who are not here."""
    return {}


def _case_name(one: Script | World) -> str:
    return one.__name__


@pytest.mark.parametrize("world", WORLDS, ids=_case_name)
@pytest.mark.parametrize("script", SCRIPTS, ids=_case_name)
def test_what_comes_back_is_the_same_whether_they_are_here_or_not(
    server: Server, away: dict[Script, str], script: Script, world: World
) -> None:
    if script not in away:
        away[script] = play(server, script, nobody, nobody, nobody)

    assert play(server, script, world, world, world) == away[script]


@pytest.mark.parametrize("world", [a_proven_person, a_merged_person], ids=_case_name)
def test_where_only_proof_links_nothing_is_told_at_all(strict_server: Server, world: World) -> None:
    for script in (*SCRIPTS, *OF_TWO_DEVICES):
        away = play(strict_server, script, nobody, nobody, nobody)

        assert play(strict_server, script, world, world, world) == away, script.__name__


@pytest.mark.parametrize("script", OF_TWO_DEVICES, ids=_case_name)
def test_who_has_a_proven_device_and_another_may_find_out_where_claims_link(server: Server, script: Script) -> None:
    """What docs/identity.md admits: it must be true as long as it stands there."""
    assert play(server, script, a_claimed_person) != play(server, script, nobody)


def test_the_comparison_sees_a_difference_where_there_is_one(server: Server) -> None:
    def once(attacker: Attacker) -> None:
        attacker.says(email=0)

    notes = [play(server, script, nobody, nobody, nobody) for script in (once, history_first, two_devices)]

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
