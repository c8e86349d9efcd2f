"""The attack of test_existence_oracle once more, by scripts that nobody has thought of: whatever somebody says in
whatever order, he must be told the same whether those whom he names are here or not.

The same scripts are played each time. `ROLLCALL_STORIES=5000 pytest tests/security/test_existence_oracle_at_random.py
--timeout 100000` soaks: other scripts, and what tells is shrunk. Two *proven* devices may tell (decision 13), so that a
server logs in one only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.security.oracle import WORLDS, Attacker, World, nobody, play
from tests.security.people import own_view
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
    """A server proves that the attacker has names of his own, on his first device."""

    email: int | None = None
    account: int | None = None

    def do(self, attacker: Attacker) -> None:
        """Log in, and look."""
        attacker.logs_in(self.email, self.account)


Step = Says | Views | LogsIn
_names = [(None, OWN), (OWN, None), (OWN, OWN), *((None, n) for n in range(3)), *((n, None) for n in range(3))]
_said = st.sampled_from(_names) | st.tuples(st.sampled_from([0, 0, 1, 2, OWN]), st.sampled_from([0, 0, 1, 2, OWN]))
_devices = st.sampled_from([0, 0, 0, 1])
_says = st.builds(lambda names, device: Says(names[0], names[1], device), _said, _devices)
_others = st.one_of(st.builds(Views, _devices), st.sampled_from([LogsIn(account=OWN), LogsIn(OWN), LogsIn(OWN, OWN)]))
scripts = st.lists(st.one_of(_says, _says, _says, _others), min_size=2, max_size=7)
worlds = st.lists(st.sampled_from([*WORLDS, nobody]), min_size=3, max_size=3)


def tells(server: Server, script: Sequence[Step], *people: World) -> str:
    """Play a script, and give all that was told."""

    def played(attacker: Attacker) -> None:
        for step in script:
            step.do(attacker)
        attacker.told += [own_view(server, device) for device in attacker.devices]

    return play(server, played, *people)


@given(script=scripts, people=worlds)
@settings(
    max_examples=SOAKED or 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink] if SOAKED else [Phase.explicit, Phase.generate],
    derandomize=not SOAKED,
)
def test_no_script_tells_who_is_here(server: Server, script: Sequence[Step], people: Sequence[World]) -> None:
    away = tells(server, script, nobody, nobody, nobody)

    assert tells(server, script, *people) == away
