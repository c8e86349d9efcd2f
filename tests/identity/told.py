"""Stories worth telling each time: what random ones have found, and the laws that they would seldom come across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.identity.steps import Again, By, Crowd, Erase, Merge, Said, Send, Step, Unlink, Wait, Who


def page(*said: Said, shows: bool = False, proves: tuple[Who, ...] = ()) -> Send:
    """Let a page send events."""
    return Send(By.PAGE, said, shows, proves)


def server(*said: Said) -> Send:
    """Let a server send events."""
    return Send(By.SERVER, said)


def device(number: int) -> Who:
    """Name a device."""
    return Who("anonymous_id", number)


def email(number: int) -> Who:
    """Name an address."""
    return Who("email", number)


def user(number: int) -> Who:
    """Name a user id."""
    return Who("user_id", number)


ADA, BO = Said(device=0, email=0), Said(device=1, email=1)

TOLD: Mapping[str, Sequence[Step]] = {
    "a device unlinked is not claimed back, but proven": [
        *(page(ADA), page(Said(device=1, email=0)), Unlink(device(1)), page(Said(device=1, email=0))),
        *(page(Said(device=1, user=0)), page(Said(device=1, email=0, user=0)), server(Said(device=1, email=0))),
        *(page(Said(device=1, kind="track")), Unlink(device(1)), page(Said(device=1, email=0))),
    ],
    "what was taken apart does not come together by a third": [
        *(page(Said(device=0, user=0, email=0)), Unlink(device(0)), page(Said(device=0, user=1))),
        *(page(Said(device=2, user=1)), page(Said(device=2, email=0)), page(Said(device=2, user=0))),
    ],
    "a name taken out is not claimed back into where it was": [
        *(page(Said(device=0, user=0, email=0)), Unlink(user(0)), page(Said(device=0, user=0))),
        *(page(Said(device=0, user=0, email=0)), page(Said(user=0, email=0)), server(Said(user=0, email=0))),
        page(Said(device=0, user=0, email=0)),
    ],
    "a device unlinked is not claimed into what was merged since": [
        *(server(Said(email=0)), page(Said(device=1, email=0)), Unlink(device(1)), server(Said(email=1))),
        *(Merge(email(0), email(1)), page(Said(device=1, email=1)), Unlink(email(1)), page(Said(device=1, email=1))),
    ],
    "a merge forgets what was taken apart": [
        *(page(Said(device=0, user=0, email=0)), Unlink(user(0)), server(Said(user=0)), Merge(user(0), email(0))),
        *(page(Said(device=1, user=0, email=0)), page(Said(device=0, user=0, email=0)), Unlink(email(0))),
        page(Said(device=0, user=0, email=0)),
    ],
    "proof forgets what was taken apart": [
        *(page(ADA), page(Said(device=1, email=0)), Unlink(device(1)), server(Said(device=1, email=0))),
        *(page(Said(device=1, email=0, user=0)), page(Said(device=2, user=0))),
    ],
    "names of merged homes are one person's": [
        *(server(Said(user=0)), page(BO), Merge(user(0), email(1)), page(Said(device=2, user=0, email=1))),
        *(server(Said(device=3, user=0, email=1)), page(Said(user=0, email=1))),
    ],
    "merges come apart where they were made, and people are one meanwhile": [
        *(
            page(ADA),
            page(BO),
            page(Said(device=2, email=2)),
            Merge(email(1), email(2)),
            Merge(email(0), email(1), True),
        ),
        *(page(Said(device=3, email=2)), page(Said(device=0, email=2)), server(Said(device=1, email=0))),
        *(page(Said(device=0, user=0, email=1)), Unlink(email(1)), page(Said(device=1, email=2)), Wait(24)),
        *(Unlink(email(0)), Again(2)),
    ],
    "a root of merges that is taken out leaves each alone": [
        *(page(ADA), page(BO), page(Said(device=2, email=2)), Merge(email(0), email(1)), Merge(email(0), email(2))),
        *(page(Said(device=3, email=1)), Unlink(email(0)), page(Said(device=3, email=2))),
    ],
    "claims do not tell what other devices brought": [
        *(page(ADA), page(Said(device=1, email=0)), server(Said(user=0, email=0)), page(Said(device=1, user=1))),
        page(Said(device=0, email=1)),
    ],
    "two people are not made one, and a device goes back to where it was": [
        *(page(ADA), page(BO), page(Said(device=0, email=1)), page(Said(device=0, user=0))),
        *(page(Said(device=0, user=0, email=0)), server(Said(device=2, email=0, user=0)), page(Said(device=2, user=2))),
    ],
    "who has shown his secret is named with it alone": [
        *(page(Said(device=0), shows=True), page(ADA), page(ADA, shows=True), page(Said(device=0, user=0))),
        *(page(Said(device=0, user=0), proves=(user(0),)), page(Said(device=0, user=0), shows=True, proves=(user(0),))),
        server(Said(device=0, user=1)),
    ],
    "a name that was only claimed yields to proof": [
        *(server(Said(user=0)), page(Said(device=0, user=0, email=0)), page(Said(device=1, email=0))),
        *(server(Said(device=2, user=1, email=0)), page(Said(device=0, email=0)), page(Said(device=3, email=0))),
    ],
    "a name claimed elsewhere yields, also one that only a record has": [
        *(page(Said(email=0)), page(Said(device=0, email=1)), server(Said(user=0)), server(Said(user=0, email=0))),
        *(page(Said(device=1, email=1)), server(Said(device=2, user=0, email=1)), page(Said(device=0, email=1))),
    ],
    "a name let go in the very transaction of proof leaves its device a view of its own": [
        *(page(Said(user=2, email=0), Said(device=1, email=0)), server(Said(user=2)), server(Said(email=0))),
    ],
    "a guest that proves a new name takes leave": [
        *(page(ADA), page(Said(device=1, email=0)), server(Said(device=1, user=0)), page(Said(device=1, email=0))),
        server(Said(device=0, email=0, user=0)),
    ],
    "claimed names make room for proven ones": [
        *(page(ADA), page(Said(device=0, user=0)), server(Said(device=0, email=0)), server(Said(user=1, email=0))),
        *(
            Crowd(user(1), By.PAGE),
            server(Said(user=1, email=1)),
            Crowd(user(1), By.SERVER),
            server(Said(user=1, email=2)),
        ),
    ],
    "the claimed device longest unused makes room for one more": [
        *(page(Said(device=0, email=0, ago=30)), server(Said(device=1, email=0)), Crowd(email(0))),
        *(page(Said(device=2, email=0)), page(Said(device=0)), page(Said(device=0, email=0))),
    ],
    "an anonymous device may be a known one by a server's word": [
        *(
            page(ADA),
            page(Said(device=1)),
            page(Said(device=2)),
            Merge(device(1), device(2)),
            Merge(device(1), email(0)),
        ),
        *(page(Said(device=2, email=0)), Unlink(device(1)), page(Said(device=1, email=0)), Unlink(email(0))),
    ],
    "two anonymous devices that a server has merged are claimed together": [
        *(page(Said(device=1)), page(Said(device=2)), Merge(device(1), device(2)), server(Said(email=0))),
        *(page(Said(device=1, email=0)), page(Said(device=2, email=0, kind="identify", plan="pro"))),
    ],
    "a name unlinked leaves others their proof": [
        *(server(Said(device=0, user=0, email=0)), page(Said(device=1, user=0)), server(Said(device=1, email=0))),
        *(Unlink(user(0)), page(Said(device=1, email=0)), Unlink(email(0)), page(Said(device=2, email=0))),
    ],
    "who is erased stays away, and comes back as a stranger": [
        *(page(ADA, shows=True), page(Said(device=0, kind="identify", plan="pro"), shows=True), Erase(email(0))),
        *(page(ADA), Again(0), Again(1), Wait(1), page(Said(device=0, ago=30)), page(ADA), Erase(device(0)), page(ADA)),
    ],
    "a device that others use too stays theirs": [
        *(
            page(ADA),
            page(Said(device=0, email=1)),
            page(Said(device=1, email=0)),
            Erase(email(1)),
            page(Said(device=0)),
        ),
        *(Wait(1), page(Said(device=0)), page(Said(device=0, email=1)), Erase(email(0)), Wait(24), page(ADA)),
    ],
    "what others said of who is erased is said no more": [
        *(page(ADA), page(BO), page(Said(device=1, user=0)), page(Said(device=1, user=0, email=0)), Erase(email(0))),
        *(Wait(1), page(Said(device=1)), page(Said(device=1, user=0, email=0))),
    ],
    "merged people are erased together": [
        *(page(ADA), page(BO), Merge(email(0), email(1)), Unlink(device(1)), Erase(email(1)), page(Said(device=0))),
        *(Wait(1), page(Said(device=1, email=1)), page(ADA)),
    ],
    "an account after an address is the same person to the device, whoever has it": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=0, user=0)), page(Said(device=0, kind="track"))),
        *(page(Said(device=2, email=1)), page(Said(device=2, user=1)), page(Said(device=2, kind="track"))),
    ],
    "names in turn, held and not, are told as one": [
        *(server(Said(user=0)), server(Said(email=0)), page(Said(device=0, email=1))),
        *(page(Said(device=0, user=0)), page(Said(device=0, email=1)), page(Said(device=0, user=0, email=0))),
        *(page(Said(device=0, user=1)), page(Said(device=0, email=0)), page(Said(device=0, user=0))),
    ],
    "a device returns to what it said before of one whom it names again": [
        *(page(BO), page(ADA), page(Said(device=0, user=0)), page(Said(device=0, email=1)), page(Said(device=0))),
        *(page(ADA), page(Said(device=0, user=0)), page(Said(device=0, email=1, user=1)), page(Said(device=0, user=0))),
    ],
    "who was only said is found again": [
        *(page(ADA), page(Said(device=1, user=0)), page(Said(device=2, email=0, user=0))),
        *(page(Said(device=2, email=1)), page(Said(device=2, email=0)), page(Said(device=2, user=0))),
    ],
    "a new run begins in a home where the device has been": [
        *(page(ADA), page(Said(device=0, user=0)), page(Said(device=0, email=1)), page(Said(device=0, user=0))),
        *(page(Said(device=1, user=0)), page(Said(device=0, user=1)), page(Said(device=0, email=0))),
        *(page(Said(device=0, user=0, email=2)), page(Said(device=0))),
    ],
    "a device with two runs in one home leaves it with both": [
        *(page(Said(device=0, user=0, email=0)), page(Said(device=1, email=1)), page(Said(device=1, user=0))),
        *(page(Said(device=1, email=2)), page(Said(device=1, user=0)), Unlink(device(1)), page(Said(device=1))),
        page(Said(device=1, user=0)),
    ],
    "proof is not drawn away by a claim": [
        *(page(BO), server(Said(device=0, email=0)), page(Said(device=1, user=0)), page(Said(device=0, user=0))),
        *(page(Said(device=0)), page(Said(device=0, email=1)), page(Said(device=0, user=0))),
        *(server(Said(device=0, email=0)), page(Said(device=0, user=1)), page(Said(device=0, user=0))),
    ],
    "a guest leaves with what it said": [
        *(page(Said(device=1, email=0)), page(ADA), server(Said(device=0, user=0)), page(Said(device=0))),
        *(page(ADA), page(Said(device=0, email=1)), page(ADA), server(Said(device=0, user=0))),
    ],
    "a guest leaves what has no room for its name": [
        *(server(Said(device=1, user=1, email=0)), page(ADA), server(Said(device=0, user=0)), page(Said(device=0))),
        *(page(Said(device=0, user=0, email=0)), page(Said(device=1, user=0))),
    ],
    "proof leads from the middle of a run to another": [
        *(page(BO), page(ADA), page(Said(device=0, user=0)), server(Said(user=1)), server(Said(device=0, user=1))),
        *(page(Said(device=0, email=0)), page(Said(device=0, user=0)), server(Said(device=0, email=0))),
        *(server(Said(device=0, email=1)), page(Said(device=0))),
    ],
    "proof finds a run that goes on elsewhere": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=0, user=0)), page(Said(device=0, kind="track"))),
        *(server(Said(device=0, email=0)), page(Said(device=0, email=0, user=0)), page(Said(device=0))),
    ],
    "a name that yields stays said where it was claimed": [
        *(page(Said(device=0, user=0)), page(Said(device=0, email=0)), server(Said(device=0, user=0))),
        *(server(Said(device=1, email=0, user=1)), page(Said(device=0)), page(Said(device=0, email=0))),
        *(page(Said(device=0, email=1)), page(Said(device=0, email=0))),
    ],
    "an only name that yields leaves each who claimed it with what they said": [
        *(page(ADA), page(Said(device=1, email=0)), server(Said(user=0)), server(Said(device=2, user=0, email=0))),
        *(page(Said(device=0)), page(Said(device=1, email=1)), page(Said(device=0, email=0))),
    ],
    "who gives way still sees what it said": [
        *(page(Said(device=1, user=0)), page(Said(device=0, email=0, ago=30)), page(Said(device=0, user=0, ago=29))),
        *(Crowd(email(0)), page(Said(device=2, email=0)), page(Said(device=0)), page(Said(device=0, email=0))),
    ],
    "an older part of a run is unlinked with its person's name": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=2, email=0)), page(Said(device=0, user=0))),
        *(Unlink(email(0)), page(Said(device=0)), page(Said(device=0, email=0)), page(Said(device=0, user=0))),
    ],
    "the part that leads is unlinked, and the run goes on": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=0, user=0)), Unlink(device(0))),
        *(page(Said(device=0)), page(Said(device=0, user=0)), page(Said(device=0, email=0))),
    ],
    "who is erased leaves the runs of others": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=0, user=0)), page(Said(device=0, kind="track"))),
        *(Erase(email(0)), Wait(1), page(Said(device=0)), page(Said(device=0, user=0)), page(ADA)),
    ],
    "the newest part that is left leads": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=0, user=0)), page(Said(device=0, kind="track"))),
        *(Erase(user(0)), Wait(1), page(Said(device=0)), page(ADA), Unlink(device(0)), page(Said(device=0))),
    ],
    "a run in a merged pair, and in what becomes of it": [
        *(page(Said(device=1, user=0)), page(ADA), page(Said(device=0, user=0)), Merge(user(0), email(0))),
        *(page(Said(device=0)), page(ADA), page(Said(device=0, email=1)), page(Said(device=0, user=0))),
        *(server(Said(device=0, email=0)), page(Said(device=0, user=0)), Unlink(user(0)), page(Said(device=0))),
        page(Said(device=0, user=0)),
    ],
    "a home of its own in the run begins with what was taken apart": [
        *(page(Said(device=1, user=0, email=0)), server(Said(email=0)), Unlink(user(0)), page(ADA)),
        *(page(Said(device=0, user=0)), page(Said(device=0)), page(Said(device=2, user=0)), page(ADA)),
    ],
    "what was said of one does not come along to another who is proven": [
        *(page(ADA), server(Said(user=0)), server(Said(device=1, user=0, email=0)), server(Said(email=1))),
        *(server(Said(device=0, email=1)), page(Said(device=0))),
    ],
    "what was said of two does not come along to a third who is proven": [
        *(page(BO), page(Said(device=2, user=0)), server(Said(user=1)), page(Said(device=0, user=0, email=1))),
        *(server(Said(device=0, user=1)), page(Said(device=0))),
    ],
}
