"""What can happen in a story, as small values that print as they are written, and random stories of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from hypothesis import strategies as st

DEVICES, EMAILS, USERS = 4, 4, 3


class _Brief:
    """Prints as it is written, without what is as usual."""

    def __repr__(self) -> str:
        told = ((one.name, getattr(self, one.name), one.default) for one in fields(self))  # type: ignore[arg-type]
        said = (f"{name}={value!r}" for name, value, usual in told if value != usual)
        return f"{type(self).__name__}({', '.join(said)})"


class By(Enum):
    """Who sends: a page with the write key, a page with an identity token too, a server with a secret key."""

    PAGE = "page"
    TOKEN = "token"
    SERVER = "server"

    def __repr__(self) -> str:
        return f"By.{self.name}"


@dataclass(frozen=True, repr=False)
class Said(_Brief):
    """One event to send: by which of a story's devices, naming which of its people; `ago` in hours."""

    device: int | None = None
    user: int | None = None
    email: int | None = None
    kind: str = "page"
    plan: str | None = None
    ago: int = 0


@dataclass(frozen=True, repr=False)
class Who(_Brief):
    """An identifier of a story."""

    namespace: str
    number: int


@dataclass(frozen=True, repr=False)
class Send(_Brief):
    """A request with events; `shows` sends the first device's secret with it."""

    by: By
    events: tuple[Said, ...]
    shows: bool = False


@dataclass(frozen=True, repr=False)
class Again(_Brief):
    """An earlier request once more (counted from the latest), its events in reverse."""

    back: int


@dataclass(frozen=True, repr=False)
class Wait(_Brief):
    """Hours pass."""

    hours: int


@dataclass(frozen=True, repr=False)
class Merge(_Brief):
    """A server joins two profiles; `at_once` asks twice at the same time."""

    into: Who
    source: Who
    at_once: bool = False


@dataclass(frozen=True, repr=False)
class Unlink(_Brief):
    """Somebody takes a link back."""

    who: Who


@dataclass(frozen=True, repr=False)
class Erase(_Brief):
    """Somebody is erased."""

    who: Who


Step = Send | Again | Wait | Merge | Unlink | Erase

_devices = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
_emails = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
_users = st.sampled_from([0, 0, 1, 2])
_agos = st.sampled_from([0, 0, 0, 1, 30, 24 * 9, 24 * 40])
_plans = st.sampled_from(["free", "pro", None])
_kinds = st.sampled_from(["page", "page", "track", "identify"])

browsing = st.builds(Said, device=_devices, kind=_kinds, plan=_plans, ago=_agos)
naming = st.one_of(
    st.builds(Said, device=_devices, email=_emails, kind=_kinds, plan=_plans, ago=_agos),
    st.builds(Said, device=_devices, user=_users, kind=_kinds, plan=_plans, ago=_agos),
    st.builds(Said, device=_devices, user=_users, email=_emails, kind=_kinds, plan=_plans, ago=_agos),
)
of_records = st.one_of(
    st.builds(Said, email=_emails, kind=_kinds, plan=_plans, ago=_agos),
    st.builds(Said, user=_users, kind=_kinds, plan=_plans, ago=_agos),
    st.builds(Said, user=_users, email=_emails, kind=_kinds, plan=_plans, ago=_agos),
)
people = st.one_of(st.builds(Who, st.just("email"), _emails), st.builds(Who, st.just("user_id"), _users))
anyone = st.one_of(people, st.builds(Who, st.just("anonymous_id"), _devices))


def _one(said: st.SearchStrategy[Said]) -> st.SearchStrategy[tuple[Said, ...]]:
    return said.map(lambda one: (one,))


@st.composite
def _batches(draw: st.DrawFn) -> tuple[Said, ...]:
    return tuple(draw(st.lists(st.one_of(browsing, naming, naming, of_records), min_size=2, max_size=4)))


sends = st.one_of(
    st.builds(Send, st.just(By.PAGE), _one(browsing), st.booleans()),
    st.builds(Send, st.just(By.PAGE), _one(naming), st.sampled_from([False, False, False, True])),
    st.builds(Send, st.just(By.PAGE), _one(naming)),
    st.builds(Send, st.just(By.PAGE), _batches()),
    st.builds(Send, st.just(By.PAGE), _one(of_records)),
    st.builds(Send, st.just(By.SERVER), _one(naming)),
    st.builds(Send, st.just(By.SERVER), _one(of_records)),
    st.builds(Send, st.just(By.SERVER), _batches()),
)
others: dict[str, st.SearchStrategy[Any]] = {
    "again": st.builds(Again, st.integers(0, 3)),
    "wait": st.builds(Wait, st.sampled_from([1, 24, 24 * 8, 24 * 31])),
    "merge": st.builds(Merge, anyone, anyone, st.sampled_from([False, False, True])),
    "unlink": st.builds(Unlink, anyone),
    "erase": st.builds(Erase, anyone),
}


def stories(*also: str) -> st.SearchStrategy[list[Step]]:
    """Give stories: requests, and some of the other things that can happen."""
    kinds = [sends, sends, sends, *(others[one] for one in also)]
    steps = st.lists(st.sampled_from(kinds).flatmap(lambda kind: kind), min_size=1, max_size=4)
    return st.lists(steps, min_size=1, max_size=7).map(lambda some: [step for one in some for step in one])
