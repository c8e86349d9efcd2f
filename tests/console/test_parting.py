"""What unlinking will do, told before it is done; and the drawing of what belongs together."""

from __future__ import annotations

import pytest

from console.confirmation import Confirmation
from console.identities import DEVICE, Name, Part, Whole
from console.join_picture import MOST, picture
from console.parting import parting
from engine.domain.events import Trust
from engine.domain.shown import Details, Identity, Link, Profile

MAIL, ID, WORK = ("email", "ada@example.com"), ("user_id", "u-1"), ("email", "ada@work.example")


def link(device: str | None, *names: tuple[str, str], merged_from: int | None = None) -> Link:
    return Link(device, names, Trust.CLAIMED, "identify", 0, None, 0, merged_from)


def identity(namespace: str, value: str, trust: Trust = Trust.CLAIMED) -> Identity:
    return Identity(namespace, value, trust, 0, 0)


def profile(*links: Link) -> Profile:
    """Make profile 7 of its parts."""
    devices = [identity(DEVICE, one.device) for one in links if one.device]
    names = [identity(*name) for name in dict.fromkeys(name for one in links for name in one.names)]
    details = Details(identities=[*devices, *names], attributes={}, scores={}, affinities={})
    return Profile(id=7, known=True, email=None, first_seen_at=0, last_seen_at=0, audiences=(), look=lambda: details)


ALONE, PAIR = [link("a", MAIL)], [link("a", MAIL), link("b", MAIL)]
TWO_NAMES = [link("a", MAIL, ID), link("b", MAIL)]
RECORDED = [link("a", MAIL), link(None, MAIL)]
MERGED = [link("a", MAIL), link("b", WORK, merged_from=9)]
A: tuple[str, str] = (DEVICE, "a")
CASES = {
    "its only device": (ALONE, A, "this device, and is anonymous again", "ada@example.com"),
    "one device of two": (PAIR, A, "1 device", "This device"),
    "a device with a name of its own": (TWO_NAMES, A, "called E-mail ada@example.com.", "User id u-1"),
    "a name of two": (TWO_NAMES, MAIL, "called User id u-1", "1 device"),
    "a name that no device holds alone": (TWO_NAMES, ID, "called E-mail ada@example.com", "User id u-1, which is then"),
    "the only name": (PAIR, MAIL, "anonymous again", "Each other device"),
    "the only name, with a record": (RECORDED, MAIL, "with what your server wrote", "1 device"),
    "a merged name": (MERGED, WORK, "Profile 7", "The merge with profile 9 is taken back"),
    "a name that others merged into": (MERGED, MAIL, "Profile 7", "The merge with profile 9 is taken back"),
    "the only device of a merged home": (MERGED, (DEVICE, "b"), "anonymous", "The merge with profile 9"),
}


@pytest.mark.parametrize(("links", "key", "stays", "leaves"), CASES.values(), ids=CASES.keys())
def test_it_is_told_what_stays_and_what_leaves(
    links: list[Link], key: tuple[str, str], stays: str, leaves: str
) -> None:
    told = parting(profile(*links), identity(*key), links)

    assert told.is_possible
    assert stays in " ".join(told.stays)
    assert leaves in " ".join(told.leaves)


@pytest.mark.parametrize(("links", "key"), [([link("a")], (DEVICE, "a")), ([link(None, MAIL)], MAIL)])
def test_what_is_all_there_is_cannot_be_unlinked(links: list[Link], key: tuple[str, str]) -> None:
    assert not parting(profile(*links), identity(*key), links).is_possible


def whole(links: list[Link], names: list[Identity]) -> Whole:
    parts = [Part(one, None, "desktop", "Device", "", None) for one in links]
    return Whole([Name(one, "", 1, None) for one in names], parts, links)


def test_a_line_is_believed_as_far_as_both_its_ends_are() -> None:
    sure = Link("a", [MAIL, ID], Trust.SERVER, "identify", 0, None, 0)

    drawn = picture(whole([sure], [identity(*MAIL), identity(*ID, Trust.VERIFIED)]))

    assert [line.trust for line in drawn.lines] == [Trust.CLAIMED, Trust.VERIFIED]
    assert [line.path for line in drawn.lines] == [
        "M0 50.00C50 50.00 50 25.00 100 25.00",
        "M0 50.00C50 50.00 50 75.00 100 75.00",
    ]


def test_many_devices_are_counted_rather_than_drawn() -> None:
    drawn = picture(whole([link(str(number), MAIL) for number in range(50)], [identity(*MAIL)]))

    assert (len(drawn.parts), len(drawn.lines), drawn.more_parts) == (MOST, MOST, 50 - MOST)


@pytest.mark.parametrize("typed", ["ada@example.com", " Ada@Example.com\t"])
def test_the_word_is_typed_as_people_type(typed: str) -> None:
    assert Confirmation("ada@example.com", typed).is_given


@pytest.mark.parametrize("typed", [None, "", "ada", "ada @example.com"])
def test_another_word_is_not_it(typed: str | None) -> None:
    assert not Confirmation("ada@example.com", typed).is_given
