"""The attack: call a trait like a field of the house, and so decide in which audiences one is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.collector.wire import browser, event, new
from tests.security.conftest import MAKE
from tests.security.people import claims, own_view, whole
from tests.server import Server

FAR = 1_000_000
SHADOWS: dict[str, dict[str, Any]] = {
    "an address": {"email": "not an address"},
    "being known": {"known": True},
    "a score": {"score_momentum": FAR},
    "every score": {f"score_{name}": FAR for name in ("frequency", "quantity", "propensity", "anything")},
    "counts": {"visit_count": FAR, "event_count": FAR, "page_view_count": FAR},
    "times": {"first_seen_at": "2001-01-01", "last_visit_at": "2001-01-01", "_created": "2001-01-01", "_modified": 1},
    "sets": {"channels": ["paid"], "utm_sources": ["x"], "devices": ["mobile"]},
    "identities": {"user_id": "u", "anonymous_id": "a", "device_ids": ["a"], "identities": ["a"]},
    "audiences": {"audiences": ["gold"], "_audiences": ["gold"]},
    "an affinity": {"affinity": {"cycling": 1.0}, "affinity.cycling": 1.0},
    "nested": {"affinity": {"a": {"b": 1}}, "_x": {"y": 1}, "known": {"yes": True}, "email": {"x": 1}},
    "in backticks": {"`known`": True, "`visit_count`": FAR, "affinity`.cycling`": 1},
    "by a prototype": {"__proto__": {"known": True}, "constructor": {"known": True}},
}
FIELDS = [
    "known = true",
    f"visit_count >= {FAR}",
    f"event_count >= {FAR}",
    "score_momentum > 100",
    "affinity.cycling > 0.9",
    'channels INTERSECTS ("paid")',
    'first_seen_at < "2002-01-01"',
    "EXISTS email",
    "EXISTS user_id",
]


@pytest.mark.parametrize("shadow", SHADOWS.values(), ids=SHADOWS.keys())
def test_a_trait_never_shadows_a_field_of_the_house(server: Server, shadow: dict[str, Any]) -> None:
    who = browser()
    who.post(server, event())
    before = own_view(server, who)

    claims(server, who, traits=shadow)

    after = own_view(server, who)
    assert after["known"] is False
    assert after["audienceSlugs"] == before["audienceSlugs"]
    assert {key: after["attributes"].get(key) for key in ("visit_count", "channels", "devices", "utm_sources")} == {
        key: before["attributes"].get(key) for key in ("visit_count", "channels", "devices", "utm_sources")
    }
    assert [one["name"] for one in after["scores"] if one["value"] > 100] == []
    assert after["affinities"] == []


def test_no_rule_is_met_by_a_shadow(server: Server) -> None:
    who, honest = browser(), browser()
    for number, rule in enumerate(FIELDS):
        made = {"name": f"Shadow {number}", "definition": {"text": rule}}
        assert server.graphql(MAKE, input=made)["createAudience"]["userErrors"] == []

    claims(server, who, traits={name: value for shadow in SHADOWS.values() for name, value in shadow.items()})
    claims(server, honest, f"{new('honest')}@victim.example")

    assert [slug for slug in whole(server, anonymousId=who.id)["audienceSlugs"] if slug.startswith("shadow_")] == []
    assert {"shadow_0", "shadow_7"} <= set(whole(server, anonymousId=honest.id)["audienceSlugs"])


@pytest.mark.parametrize("name", ["known", "score_momentum", "_created", "affinity", "visit_count", "audiences"])
def test_what_is_left_out_is_told(server: Server, name: str) -> None:
    answer = browser().post(server, event("identify", traits={name: 1, "fine": 1}))

    assert answer.warnings == [(0, "trait_not_kept", f"traits.{name}")]


def test_reserved_names_are_kept_out_of_attributes(server: Server) -> None:
    device = new("device")
    who = browser()
    said = {name: f"{device}-says" for shadow in SHADOWS.values() for name in shadow}

    claims(server, who, traits=said)

    held = whole(server, anonymousId=who.id)["attributes"]
    assert [name for name, value in held.items() if value == f"{device}-says"] == [
        *("`known`", "`visit_count`", "affinity`.cycling`", "constructor")
    ]
