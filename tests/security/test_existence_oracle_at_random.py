"""The attack of test_existence_oracle once more, by scripts that nobody has thought of: whatever somebody says in
whatever order, he must be told the same whether those whom he names are here or not.

The same scripts are played each time. `ROLLCALL_STORIES=5000 pytest tests/security/test_existence_oracle_at_random.py
--timeout 100000` soaks: other scripts, and what tells is shrunk. Who has a device that is proven to be his and another
may find out (decision 13), so that scripts are of two devices, or of one that a server logs in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.security.oracle import (
    Attacker,
    World,
    a_claimed_person,
    a_merged_person,
    a_person_written_down,
    an_account_alone,
    an_address_alone,
    nobody,
    one_whose_address_is_claimed,
    play,
)
from tests.server import Server

SOAKED = int(os.environ.get("ROLLCALL_STORIES", "0"))
OWN = -1


@dataclass(frozen=True)
class Says:
    """A page says that its visitor has this address, this account, or both."""

    email: int | None = None
    account: int | None = None
    device: int = 0

    def do(self, attacker: Attacker) -> None:
        """Say it."""
        attacker.says(self.email, self.account, attacker.devices[self.device])


@dataclass(frozen=True)
class Views:
    """A page view names nobody."""

    device: int = 0

    def do(self, attacker: Attacker) -> None:
        """View a page."""
        attacker.views(attacker.devices[self.device])


@dataclass(frozen=True)
class LogsIn:
    """A server proves that the attacker has names of his own: on his first device, or without any."""

    email: int | None = None
    account: int | None = None
    device: int | None = 0

    def do(self, attacker: Attacker) -> None:
        """Log in, or be written down."""
        attacker.logs_in(self.email, self.account, None if self.device is None else attacker.devices[self.device].id)


Step = Says | Views | LogsIn
_own = [(None, OWN), (OWN, None), (OWN, OWN)]
_names = [*_own, *((None, one) for one in range(3)), *((one, None) for one in range(3))]
_others = [names for names in _names if OWN not in names]
_said = st.sampled_from(_names) | st.tuples(st.sampled_from([0, 0, 1, 2, OWN]), st.sampled_from([0, 0, 1, 2, OWN]))
_logins = st.sampled_from([LogsIn(*names, device) for names in _own for device in (0, 0, None)])


def _claims(*devices: int, said: Any = _said) -> st.SearchStrategy[Step]:
    device = st.sampled_from(devices)
    says = st.builds(lambda names, number: Says(names[0], names[1], number), said, device)
    return st.one_of(says, says, says, st.builds(Views, device))


def _scripts(*steps: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    return st.lists(st.one_of(*steps), min_size=2, max_size=7)


two_devices = _scripts(_claims(0, 0, 1))
_of_others = _claims(0, said=st.sampled_from(_others))
one_device = _scripts(_of_others, _of_others, _of_others, _logins)
"""One that logs in; his own names are told by his server alone (decision 13 names what is left otherwise)."""
_quick = [a_claimed_person, a_person_written_down, an_address_alone, an_account_alone]
_worlds = st.sampled_from([*_quick, one_whose_address_is_claimed, a_merged_person, nobody])
people = st.lists(_worlds, min_size=3, max_size=3)


def told(server: Server, script: Sequence[Step], worlds: Sequence[World]) -> str:
    """Play a script, and give all that was told."""

    def played(attacker: Attacker) -> None:
        attacker.looks = False
        for step in script:
            step.do(attacker)
        attacker.looks = True
        for device in attacker.devices:
            attacker.look(device)

    return play(server, played, *worlds)


random_scripts = settings(
    max_examples=SOAKED or 50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink] if SOAKED else [Phase.generate],
    derandomize=not SOAKED,
)


@random_scripts
@given(script=two_devices, worlds=people)
def test_claims_do_not_tell_who_is_here(server: Server, script: Sequence[Step], worlds: Sequence[World]) -> None:
    assert told(server, script, worlds) == told(server, script, [nobody] * 3)


@random_scripts
@given(script=one_device, worlds=people)
def test_logging_in_on_a_device_does_not_tell_who_is_here(
    server: Server, script: Sequence[Step], worlds: Sequence[World]
) -> None:
    assert told(server, script, worlds) == told(server, script, [nobody] * 3)
