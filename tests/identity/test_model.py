"""Random stories of visitors, shared devices, claims, servers, merges and the like, on a real server and on the model.

`ROLLCALL_STORIES=5000 pytest tests/identity` soaks; a story that differs is printed as it can be played again."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.identity.playing import Stage, Story
from tests.identity.steps import Step, stories
from tests.server import StartServer

AUDIENCES = {
    "pros": 'plan = "pro"',
    "buyers": 'DID "Bought" AT LEAST 2 TIMES IN LAST "30d"',
    "quiet_pros": "AND (INCLUDE pros, NOT INCLUDE buyers)",
    "on_many_devices": "identifier_count >= 4",
}
EXAMPLES = int(os.environ.get("ROLLCALL_STORIES", "40"))
played = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.fixture(scope="module")
def stage(start_server: StartServer) -> Iterator[Stage]:
    """Give a server with some audiences more."""
    server = start_server("--simulated-clock")
    server.post("/v1/identify", {"anonymousId": "first", "traits": {"plan": "pro"}})
    for slug, text in AUDIENCES.items():
        made = server.graphql(
            "mutation ($input: CreateAudienceInput!) { createAudience(input: $input) { userErrors { message } } }",
            input={"name": slug, "slug": slug, "definition": {"text": text}, "personalizable": slug != "pros"},
        )
        assert made["createAudience"]["userErrors"] == []
    stage = Stage(server)
    yield stage
    stage.wire.close()


@played
@given(steps=stories("again", "wait", "merge", "unlink"))
def test_profiles_and_memberships_equal_the_models(stage: Stage, steps: list[Step]) -> None:
    story = Story(stage)
    story.play(steps)
    story.end()
