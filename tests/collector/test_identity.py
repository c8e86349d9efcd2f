"""An e-mail makes a visitor known, in any event, and the same answer shows it."""

from __future__ import annotations

import pytest

from tests.collector.wire import batch, browser, event, new, post, profile
from tests.server import SECRET_KEY, Server

SERVERS = {"Authorization": f"Bearer {SECRET_KEY}"}
PLACES = [
    *((type, "traits") for type in ("identify", "track", "page", "screen")),
    *((type, "properties") for type in ("identify", "track", "page", "screen", "group", "alias")),
]


@pytest.mark.parametrize(("type", "place"), PLACES)
def test_an_email_in_any_event_makes_known_in_the_same_answer(server: Server, type: str, place: str) -> None:
    visitor = browser()
    before = visitor.post(server, event())

    after = visitor.post(server, event(type, **{place: {"email": f" {new('Ada')}@Example.COM "}}))

    assert before.json["visitor"]["known"] is False
    assert after.json["visitor"]["known"] is True
    assert before.audiences & {"anonymous_users", "known_users"} == {"anonymous_users"}
    assert after.audiences & {"anonymous_users", "known_users"} == {"known_users"}
    assert after.json["warnings"] == []


def test_an_email_in_the_traits_of_the_context_counts_too(server: Server) -> None:
    visitor = browser()

    answer = visitor.post(server, event("track", context={"traits": {"email": f"{new('ada')}@example.com"}}))

    assert answer.json["visitor"]["known"] is True


@pytest.mark.parametrize(
    "email",
    [
        *("no address", "a@b", "@example.com", "a@example.com b", "null", "a" * 300 + "@example.com"),
        *(7, True, ["a@example.com"], {"a": 1}, "müller@example.com"),
    ],
)
def test_an_invalid_email_leaves_the_visitor_anonymous_and_says_so(server: Server, email: object) -> None:
    answer = browser().post(server, event("identify", traits={"email": email}))

    assert (answer.json["accepted"], answer.warnings) == (1, [(0, "invalid_email", "traits.email")])
    assert answer.json["visitor"]["known"] is False
    assert "anonymous_users" in answer.audiences


def test_a_valid_email_in_the_properties_counts_where_that_of_the_traits_is_invalid(server: Server) -> None:
    sent = event("identify", traits={"email": "no address"}, properties={"email": f"{new('ada')}@example.com"})

    answer = browser().post(server, sent)

    assert (answer.json["visitor"]["known"], len(answer.warnings)) == (True, 1)


@pytest.mark.parametrize(
    "junk",
    [
        *("null", "NULL", " none ", '"undefined"', "nan", "true", "false", "0", "-1", "anonymous", "Guest"),
        *("unknown", "test", "[object Object]", "  ", "'null'", "a\u0000b", "x" * 201, 0, True, [], {"a": 1}, 0.5),
    ],
)
@pytest.mark.parametrize("name", ["anonymousId", "userId"])
def test_junk_never_identifies(server: Server, name: str, junk: object) -> None:
    alone = batch(server, {"type": "page", name: junk})
    beside = batch(server, {"type": "page", "anonymousId": new("device"), "userId": new("user"), name: junk})

    assert (alone.json["accepted"], alone.rejected, alone.warnings) == (
        0,
        [(0, "identity_missing", "anonymousId")],
        [],
    )
    assert (beside.json["accepted"], beside.warnings) == (1, [(0, "junk_identifier", name)])


def test_a_user_id_may_be_a_number(server: Server) -> None:
    batch(server, event(userId=9_007_199_254_740_993))

    assert profile(server, identity={"namespace": "user_id", "value": "9007199254740993"}) is not None


@pytest.mark.parametrize(("by_server", "told"), [(True, [(0, "identity_conflict", "")]), (False, [])])
def test_two_people_are_not_merged_and_servers_alone_are_told(server: Server, by_server: bool, told: object) -> None:
    one, other = f"{new('one')}@example.com", new("user")
    batch(server, event("identify", traits={"email": one}), event("identify", userId=other))

    both = event("identify", userId=other, traits={"email": one})
    answer = post(server, "/v1/batch", {"batch": [both]}, **SERVERS if by_server else {})

    assert (answer.json["accepted"], answer.warnings) == (1, told)
    assert (
        profile(server, email=one)["identities"]
        != profile(server, identity={"namespace": "user_id", "value": other})["identities"]
    )


def test_a_device_joined_by_claim_alone_is_told_what_it_gave_itself(server: Server) -> None:
    email, owner, claimer = f"{new('owner')}@example.com", browser(), browser()
    owner.post(server, event("identify", traits={"email": email}), event("track"))
    post(
        server,
        "/v1/track",
        event("track", anonymousId=None, properties={"email": email}, context={"campaign": {"medium": "email"}}),
        Authorization=f"Bearer {SECRET_KEY}",
    )

    answer = claimer.post(server, event("identify", traits={"email": email}))

    whole = set(profile(server, email=email)["audienceSlugs"])
    assert "from_email" in whole
    assert "from_email" not in answer.audiences | owner.post(server).audiences
