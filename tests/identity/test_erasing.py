"""The same stories with erasures among them, told by pages alone: shared devices, claims and late events meet them."""

from __future__ import annotations

from hypothesis import Phase, assume, given, settings

from tests.identity.playing import Stage, Story
from tests.identity.steps import By, Erase, Send, Step, stories
from tests.identity.test_model import EXAMPLES, played
from tests.identity.test_model import stage as stage

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""To make a failing story shorter takes minutes; it is printed as it is."""


@settings(played, max_examples=EXAMPLES // 2, phases=PHASES)
@given(steps=stories("again", "wait", "erase", "erase"))
def test_erased_people_are_gone_in_every_story(stage: Stage, steps: list[Step]) -> None:
    assume(any(isinstance(one, Erase) for one in steps))
    assume(not any(isinstance(one, Send) and one.by is By.SERVER for one in steps))
    story = Story(stage)
    story.play(steps)
    story.end()
