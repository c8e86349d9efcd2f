"""Stories of visitors, shared devices, claims, tokens, servers, merges and what is taken back, on a real server and on
the model: all that is shown of anybody is compared after every step, and live with recomputed at the end.

The same random stories are told each time, so that a run says what the last one said.
`ROLLCALL_STORIES=5000 pytest tests/identity --timeout 100000` soaks: other stories, with restarts too, and what differs
is shrunk. A story that differs is printed as it can be told again (`told`)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.identity.playing import Story
from tests.identity.stage import Stage
from tests.identity.steps import Step, stories
from tests.identity.told import TOLD
from tests.server import Server, StartServer

AUDIENCES = {
    "pros": 'plan = "pro"',
    "buyers": 'DID "Bought" AT LEAST 2 TIMES IN LAST "30d"',
    "quiet_pros": "AND (INCLUDE pros, NOT INCLUDE buyers)",
    "on_many_devices": "identifier_count >= 4",
}
SOAKED = int(os.environ.get("ROLLCALL_STORIES", "0"))
KINDS = ("again", "wait", "token", "token", "merge", "merge", "unlink", "erase", "together")
ALSO = ("crowd", "restart") if SOAKED else ()
CREATE = "mutation ($input: CreateAudienceInput!) { createAudience(input: $input) { userErrors { message } } }"


def stage_of(start_server: StartServer, claims_link: bool, **environment: str) -> Iterator[Stage]:
    """Give a stage whose servers have some audiences more."""

    def start() -> Server:
        server = start_server("--simulated-clock", **environment)
        server.post("/v1/identify", {"anonymousId": "first", "traits": {"plan": "pro"}})
        for slug, text in AUDIENCES.items():
            draft = {"name": slug, "slug": slug, "definition": {"text": text}, "personalizable": slug != "pros"}
            assert server.graphql(CREATE, input=draft)["createAudience"]["userErrors"] == []
        return server

    with Stage(start, claims_link) as stage:
        yield stage


@pytest.fixture(scope="module")
def stage(start_server: StartServer) -> Iterator[Stage]:
    """Give a server as it is by default."""
    yield from stage_of(start_server, True)


@pytest.fixture(scope="module")
def strict_stage(start_server: StartServer) -> Iterator[Stage]:
    """Give a server on which only proof links."""
    yield from stage_of(start_server, False, ROLLCALL_IDENTITY_LINK="verified")


@pytest.mark.parametrize("steps", TOLD.values(), ids=TOLD.keys())
def test_a_story_goes_as_the_model_says(stage: Stage, steps: Sequence[Step]) -> None:
    Story(stage.prepare()).play(steps)


def random_stories(share: float = 1) -> settings:
    """Give settings for so many random stories."""
    most = round((SOAKED or 25) * share)
    return settings(
        max_examples=most,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        phases=[Phase.reuse, Phase.generate, Phase.shrink] if SOAKED else [Phase.generate],
        derandomize=not SOAKED,
    )


@random_stories()
@given(steps=stories(*KINDS, *ALSO))
def test_random_stories_go_as_the_model_says(stage: Stage, steps: Sequence[Step]) -> None:
    Story(stage.prepare()).play(steps)


@random_stories(share=1 / 6)
@given(steps=stories(*KINDS, *ALSO))
def test_random_stories_go_as_the_model_says_where_only_proof_links(strict_stage: Stage, steps: Sequence[Step]) -> None:
    Story(strict_stage.prepare()).play(steps)
