"""What decision 13 promises, asked of the model alone: what a device sees follows from what it said itself.

No server is started, so that many more scripts are played than tests/security can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.domain.events import Event
from tests.identity import links, views
from tests.identity.model import Model
from tests.identity.playing import TRUST
from tests.identity.steps import By, Merge, Said, Send, Step, Who
from tests.identity.test_model import SOAKED
from tests.identity.told import page, server

OWN = 3
"""The number of the attacker's own names; those of the others are smaller."""
OTHERS = 10


def _page_of(who: int, user: bool = True, email: bool = True) -> Send:
    return page(_of(who, user, email))


def _of(who: int, user: bool = True, email: bool = True) -> Said:
    return Said(OTHERS + who, who if user else None, who if email else None)


def _merged(who: int) -> list[Step]:
    return [*(server(Said(user=who)), server(Said(email=who))), Merge(Who("user_id", who), Who("email", who))]


WORLDS: Mapping[str, Any] = {
    "nobody": lambda who: [],
    "claimed": lambda who: [page(_of(who))],
    "proven": lambda who: [server(_of(who))],
    "an address": lambda who: [page(_of(who, user=False))],
    "an account": lambda who: [page(_of(who, email=False))],
    "a proven address": lambda who: [server(_of(who, user=False))],
    "a claimed address": lambda who: [server(_of(who, email=False)), page(_of(who))],
    "merged": _merged,
}
_names = [(None, OWN), (OWN, None), (OWN, OWN), *((None, one) for one in range(3)), *((one, None) for one in range(3))]
_others = [names for names in _names if OWN not in names]
_said = st.sampled_from(_names) | st.tuples(st.sampled_from([0, 0, 1, 2, OWN]), st.sampled_from([0, 0, 1, 2, OWN]))
_logins = st.sampled_from([server(Said(device, *names)) for names in _names[:3] for device in (0, 0, None)])
"""A server proves that a device is his, or that it knows him otherwise."""


def _claims(*devices: int, said: Any = _said) -> st.SearchStrategy[Step]:
    device = st.sampled_from(devices)
    says = st.builds(lambda names, number: page(Said(number, *names)), said, device)
    return st.one_of(says, says, says, device.map(lambda number: page(Said(number))))


def _scripts(*steps: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    return st.lists(st.one_of(*steps), min_size=2, max_size=7)


two_devices = _scripts(_claims(0, 0, 1))
_of_others = _claims(0, said=st.sampled_from(_others))
one_device = _scripts(_of_others, _of_others, _of_others, _logins)
"""One that is also proven, by names that his server alone tells: otherwise he may find out (decision 13)."""
worlds = st.lists(st.sampled_from(sorted(WORLDS)), min_size=3, max_size=3)


class Played:
    """A model on which steps are played, without a server beside it."""

    def __init__(self) -> None:
        self.model = Model()

    def do(self, step: Step, name: str) -> None:
        """Let requests and merges happen."""
        match step:
            case Send():
                for number, said in enumerate(step.events):
                    self.model.take(_event(said, step.by, f"{name}.{number}"), shown=True)
            case Merge():
                links.merge(self.model.facts, *((who.namespace, _name(who.number)) for who in (step.into, step.source)))
            case _:
                raise AssertionError(step)

    def sees(self, device: int) -> list[Any]:
        """List what a device sees of itself: its events, and by which names each counts."""
        shown = views.own(self.model.facts, f"device {device}")
        return [] if shown is None else [(event.message_id, sorted(names)) for event, names in shown.events]


def _name(number: int) -> str:
    return f"person {number}"


def _event(said: Said, by: By, message: str) -> Event:
    return Event(
        source=by.value,
        message_id=message,
        type=said.kind,
        name=said.kind,
        occurred_at=1,
        received_at=1,
        trust=TRUST[by],
        anonymous_id=None if said.device is None else f"device {said.device}",
        user_id=None if said.user is None else _name(said.user),
        email=None if said.email is None else _name(said.email),
    )


def told(script: Sequence[Step], people: Sequence[str]) -> list[Any]:
    """Play a script about three people of some worlds, and give what its devices saw after each step."""
    played = Played()
    for who, world in enumerate(people):
        for number, step in enumerate(WORLDS[world](who)):
            played.do(step, f"of {who}, {number}")
    seen = []
    for number, step in enumerate(script):
        played.do(step, str(number))
        seen.append([played.sees(device) for device in (0, 1)])
    return seen


random_scripts = settings(
    max_examples=SOAKED or 250,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    derandomize=not SOAKED,
)


@random_scripts
@given(script=two_devices, people=worlds)
def test_what_devices_see_that_only_claim(script: Sequence[Step], people: Sequence[str]) -> None:
    assert told(script, people) == told(script, ["nobody"] * 3)


@random_scripts
@given(script=one_device, people=worlds)
def test_what_a_device_sees_that_is_proven_too(script: Sequence[Step], people: Sequence[str]) -> None:
    assert told(script, people) == told(script, ["nobody"] * 3)
