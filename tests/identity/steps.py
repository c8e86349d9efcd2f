"""What can happen in a story, as small values that print as they are written, and random stories of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from hypothesis import strategies as st

DEVICES, EMAILS, USERS = 4, 4, 3
OTHERS = 10
"""The first number of devices and addresses that come in crowds and are not asked about."""


class _Brief:
    """Prints as it is written, without what is as usual."""

    def __repr__(self) -> str:
        told = ((one.name, getattr(self, one.name), one.default) for one in fields(self))  # type: ignore[arg-type]
        said = (f"{name}={value!r}" for name, value, usual in told if value != usual)
        return f"{type(self).__name__}({', '.join(said)})"


class By(Enum):
    """Who sends: a page with the write key, or a server with a secret key."""

    PAGE = "page"
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
    """A request with events; `shows` sends the first device's secret with it, `proves` a token for these names."""

    by: By
    events: tuple[Said, ...]
    shows: bool = False
    proves: tuple[Who, ...] = ()


@dataclass(frozen=True, repr=False)
class Together(_Brief):
    """Requests at the same time, which the server may take in any order, and in one transaction."""

    sends: tuple[Send, ...]


@dataclass(frozen=True, repr=False)
class Crowd(_Brief):
    """So many devices claim an address that one more is one too many, or a user id comes with too many addresses."""

    who: Who
    by: By = By.PAGE

    def send(self) -> Send:
        """Give the request; its devices and addresses are none of those that stories otherwise have."""
        if self.who.namespace == "email":
            return Send(self.by, tuple(Said(device=OTHERS + at, email=self.who.number) for at in range(49)))
        return Send(self.by, tuple(Said(user=self.who.number, email=OTHERS + at) for at in range(5)))


@dataclass(frozen=True, repr=False)
class Restart(_Brief):
    """The server is killed, and starts again."""


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


Step = Send | Together | Crowd | Again | Restart | Wait | Merge | Unlink | Erase

_devices = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
_emails = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3])
_users = st.sampled_from([0, 0, 0, 1, 2])
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
_tokens = st.one_of(
    st.tuples(st.builds(Who, st.just("user_id"), _users)),
    st.tuples(st.builds(Who, st.just("email"), _emails)),
    st.tuples(st.builds(Who, st.just("user_id"), _users), st.builds(Who, st.just("email"), _emails)),
)


@st.composite
def _proofs(draw: st.DrawFn) -> Send:
    """Draw a request with a token, which mostly proves what its event says."""
    said = draw(st.one_of(naming, naming, of_records))
    named = (("user_id", said.user), ("email", said.email))
    own = tuple(Who(namespace, number) for namespace, number in named if number is not None)
    proves = draw(st.sampled_from([own, own, own[:1], own[-1:]]) | _tokens)
    more = draw(st.sampled_from([(), (), (Said(device=said.device, email=0),)]))
    return Send(By.PAGE, (said, *more), draw(st.booleans()), proves)


others: dict[str, st.SearchStrategy[Any]] = {
    "token": _proofs(),
    "together": st.builds(Together, st.lists(st.one_of(sends, _proofs()), min_size=2, max_size=3).map(tuple)),
    "crowd": st.builds(Crowd, people, st.sampled_from(By)),
    "restart": st.just(Restart()),
    "again": st.builds(Again, st.integers(0, 3)),
    "wait": st.builds(Wait, st.sampled_from([1, 24, 24 * 8, 24 * 31])),
    "merge": st.builds(Merge, anyone, anyone, st.sampled_from([False, False, True])),
    "unlink": st.builds(Unlink, anyone),
    "erase": st.builds(Erase, anyone),
}


@st.composite
def _taken_back(draw: st.DrawFn) -> list[Step]:
    """Draw what is mostly said once more after it was taken back, and claims around it."""
    said = draw(naming)
    named = (("user_id", said.user), ("email", said.email), ("anonymous_id", said.device))
    who = draw(st.sampled_from([Who(namespace, number) for namespace, number in named if number is not None]))
    by, again = draw(st.sampled_from(By)), draw(st.sampled_from([By.PAGE, By.PAGE, By.SERVER]))
    between = draw(st.lists(sends, max_size=1))
    return [Send(by, (said,)), *between, Unlink(who), Send(again, (draw(st.just(said) | naming),))]


def stories(*also: str) -> st.SearchStrategy[list[Step]]:
    """Give stories: requests, and some of the other things that can happen."""
    kinds = [sends, sends, sends, sends, *(others[one] for one in also)]
    steps = st.lists(st.sampled_from(kinds).flatmap(lambda kind: kind), min_size=1, max_size=4)
    chapters = st.one_of(steps, steps, _taken_back()) if "unlink" in also else steps
    return st.lists(chapters, min_size=2, max_size=7).map(lambda some: [step for one in some for step in one])
