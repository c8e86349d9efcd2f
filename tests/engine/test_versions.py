"""Every edit is a version: told by what it changed, never lost to another, met by everyone once, and restored."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.domain.audiences import State
from engine.errors import InvalidDefinition, NotFound, StaleVersion
from engine.language.difference import Mark
from engine.ports import AudienceChanges
from engine.runtime import backfill
from engine.storage.migrations import STEPS
from tests.engine.living import HOUR, START, Living, event

CROWD = 3 * backfill.ONE_STEP
PLANS = ("free", "pro", "team")


async def crowd(living: Living) -> None:
    """Let people come: the plans go round among them."""
    await living.take(
        *(
            event("identify", living.at, anonymous_id=f"d{number}", traits={"plan": PLANS[number % 3]})
            for number in range(CROWD)
        )
    )


async def built(living: Living, definition: str) -> None:
    """Make an audience that everybody has met."""
    await living.make("some", definition)
    await living.walk()


async def step(living: Living) -> None:
    await living.parts.backfills.run_once()


async def changes(living: Living, slug: str = "some") -> list[list[str]]:
    """Give what each version changed, the first one first."""
    kept = await living.engine.audiences.versions(living.audience(slug).id)
    return [list(one.changes) for one in kept][::-1]


async def moved(living: Living) -> dict[str, list[str]]:
    """Give what the crowd's people were told of the audience, by device."""

    def read(connection: sqlite3.Connection) -> list[tuple[str, str]]:
        query = (
            "SELECT f.device, c.transition FROM membership_changes AS c JOIN fragments AS f"
            " ON f.profile_id = c.subject_id WHERE c.audience_id = ? ORDER BY c.id"
        )
        return connection.execute(query, (living.audience("some").id,)).fetchall()

    found: dict[str, list[str]] = {f"d{number}": [] for number in range(CROWD)}
    for device, transition in await living.house.read(read):
        found[device].append(transition)
    return found


EDITS: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": "Others"}, ["Renamed from “some” to “Others”."]),
    ({"description": "Why"}, ["Description added."]),
    ({"tags": ("a", "b")}, ["Tags added: a, b."]),
    ({"personalizable": False}, ["Pages may no longer see who is in it."]),
    ({"expires_at": START + HOUR}, ["It ends at 2026-02-16T01:00:00.000+00:00."]),
    (
        {"definition": "NOT EXISTS email"},
        ["Changed: E-mail address is not known, it was: E-mail address is known."],
    ),
    (
        {"name": "Others", "definition": "AND (EXISTS email, visit_count > 3)"},
        ["Renamed from “some” to “Others”.", "Added: Number of visits is more than 3."],
    ),
]


@pytest.mark.parametrize(("edit", "told"), EDITS, ids=["+".join(edit) for edit, _ in EDITS])
async def test_every_edit_is_a_version_that_says_what_it_changed(
    living: Living, edit: dict[str, Any], told: list[str]
) -> None:
    await living.make("some", "EXISTS email")
    edited = await living.edit("some", **edit)
    assert (edited.version, await changes(living)) == (2, [["Made."], told])


async def test_an_edit_that_changes_nothing_is_none(living: Living) -> None:
    made = await living.make("some", "AND (EXISTS email, visit_count > 3)", tags=("a",))
    living.at += HOUR
    same = await living.edit("some", name=" some ", definition="exists email AND visit_count>3", tags=("a",))
    assert same == made


async def test_of_edits_of_the_same_version_at_once_one_wins_and_the_others_are_told(living: Living) -> None:
    id = (await living.make("some", "*")).id
    edits = [
        AudienceChanges(given=frozenset({"name"}), name=f"Name {number}", expected_version=1) for number in range(5)
    ]
    done = await asyncio.gather(*(living.engine.audiences.update(id, one) for one in edits), return_exceptions=True)
    assert [type(one) for one in done].count(StaleVersion) == 4
    assert (living.audience("some").version, len(await changes(living))) == (2, 2)


async def test_a_slug_stays_whatever_the_name_becomes_and_so_do_its_users(living: Living) -> None:
    await living.make("some", "EXISTS email")
    await living.make("user", "INCLUDE some")
    renamed = await living.edit("some", name="Something else entirely")
    assert renamed.slug == "some"
    assert [one.slug for one in living.engine.audiences.used_by("some")] == ["user"]


async def test_a_rename_during_a_walk_neither_begins_it_anew_nor_makes_it_stale(living: Living) -> None:
    await crowd(living)
    await living.make("some", 'plan = "pro"')
    await step(living)
    renamed = await living.edit("some", name="Renamed")
    assert renamed.progress == pytest.approx(1 / 3, abs=0.01)
    await living.walk()
    assert (living.audience("some").state, living.audience("some").size) == (State.ACTIVE, CROWD // 3)


async def test_restoring_is_an_edit_like_another(living: Living) -> None:
    await crowd(living)
    await built(living, 'plan = "pro"')
    await living.edit("some", definition='plan = "free"', name="Renamed")
    await living.walk()
    restored = await living.engine.audiences.restore(living.audience("some").id, 1, "Ada")
    assert (restored.version, restored.state, restored.name) == (3, State.BUILDING, "Renamed")
    await living.walk()
    newest, *_ = await living.engine.audiences.versions(restored.id)
    assert (newest.author, newest.changes[0]) == ("Ada", "Rules of version 1 restored.")
    assert {device: told for device, told in (await moved(living)).items() if device in ("d0", "d1", "d2")} == {
        "d0": ["ENTERED", "EXITED"],
        "d1": ["ENTERED", "EXITED", "ENTERED"],
        "d2": [],
    }
    assert await living.differences() == []


async def test_only_what_is_there_and_still_makes_sense_is_restored(living: Living) -> None:
    await living.make("gone", "*")
    await living.make("b", "*")
    id = (await living.make("a", "AND (INCLUDE b, INCLUDE gone)")).id
    await living.edit("a", definition="INCLUDE b")
    await living.edit("a", definition="*")
    await living.edit("b", definition="INCLUDE a")
    await living.engine.audiences.delete(living.audience("gone").id)
    restore = living.engine.audiences.restore
    with pytest.raises(NotFound, match="no version 9"):
        await restore(id, 9)
    with pytest.raises(NotFound):
        await restore(99, 1)
    with pytest.raises(StaleVersion):
        await restore(id, 1, expected_version=1)
    with pytest.raises(InvalidDefinition, match="There is no audience gone"):
        await restore(id, 1)
    with pytest.raises(InvalidDefinition, match="in a circle: a → b → a"):
        await restore(id, 2)
    assert living.audience("a").version == 3


@pytest.mark.parametrize("definition", ["INCLUDE a", "AND (EXISTS email, NOT INCLUDE b)", "OR (INCLUDE c, *)"])
async def test_a_circle_is_refused_with_its_path(living: Living, definition: str) -> None:
    await living.make("a", "*")
    await living.make("b", "INCLUDE a")
    await living.make("c", "NOT INCLUDE b")
    with pytest.raises(InvalidDefinition, match=r"in a circle: a → (c → )?(b → )?a\.$"):
        await living.edit("a", definition=definition)
    assert (living.audience("a").version, living.audience("a").definition) == (1, "*")


async def test_versions_are_compared_with_the_one_before_and_with_any_other(living: Living) -> None:
    id = (await living.make("some", "EXISTS email")).id
    await living.edit("some", definition="AND (EXISTS email, visit_count > 1)", author="Ada")
    await living.edit("some", definition="visit_count > 2", name="Renamed")
    first, second, jump = [await living.engine.audiences.difference(id, *which) for which in ((1,), (2,), (3, 1))]
    assert (first.before, {line.mark for line in first.lines}) == (None, {Mark.SAME})
    assert second.before is not None
    assert (second.before.version, second.after.version, second.after.author, second.details) == (1, 2, "Ada", [])
    assert [line.said.text for line in second.lines if line.mark is Mark.ADDED] == ["visit_count > 1"]
    assert jump.details == ["Renamed from “some” to “Renamed”."]
    assert {(line.mark, line.said.text) for line in jump.lines} >= {
        (Mark.REMOVED, "EXISTS email"),
        (Mark.ADDED, "visit_count > 2"),
    }


async def test_an_edit_is_met_while_events_flow_and_ends_equal_to_recomputed(living: Living) -> None:
    await crowd(living)
    await built(living, 'plan = "pro"')
    await living.edit("some", definition='AND (plan IN ("free", "pro"), last_seen_at > "now-2h")')
    number = 0
    while living.audience("some").state is State.BUILDING:
        await living.take(
            *(
                event("identify", living.at, anonymous_id=f"d{one}", traits={"plan": PLANS[(one + number) % 3]})
                for one in range(number, CROWD + 10, 37)
            )
        )
        await step(living)
        await living.wait(HOUR // 2)
        number += 1
    assert number == 3
    assert await living.differences() == []


async def test_who_is_in_before_and_after_sees_nothing_and_others_one_difference(living: Living) -> None:
    await crowd(living)
    await built(living, 'plan IN ("free", "pro")')
    await living.edit("some", definition='plan IN ("pro", "team")')
    await living.walk()
    told = await moved(living)
    assert told == {
        f"d{number}": (["ENTERED", "EXITED"], ["ENTERED"], ["ENTERED"])[number % 3] for number in range(CROWD)
    }
    assert living.audience("some").size == 2 * CROWD // 3


async def test_an_edit_in_the_middle_of_a_walk_spares_those_whom_the_walk_has_not_reached(living: Living) -> None:
    await crowd(living)
    await built(living, 'plan = "free"')
    await living.edit("some", definition='plan = "pro"')
    await step(living)
    await living.edit("some", definition='plan = "free"')
    await living.walk()
    told = await moved(living)
    flapped = {device for device, transitions in told.items() if transitions == ["ENTERED", "EXITED", "ENTERED"]}
    assert len(flapped) == len([one for one in range(backfill.ONE_STEP) if one % 3 == 0])
    assert {len(transitions) for device, transitions in told.items() if int(device[1:]) >= backfill.ONE_STEP} == {0, 1}
    assert living.audience("some").size == CROWD // 3
    assert await living.differences() == []


async def test_many_edits_in_a_row_leave_one_walk_and_one_result(living: Living) -> None:
    await crowd(living)
    await built(living, 'plan = "free"')
    for plan in ("pro", "team", "free", "pro"):
        await living.edit("some", definition=f'plan = "{plan}"')
    assert [(walk.version, walk.next_id) for walk in living.house.backfills] == [(5, 0)]
    steps = 0
    while await living.parts.backfills.run_once():
        steps += 1
    assert steps == 3
    assert {tuple(one) for one in (await moved(living)).values()} == {("ENTERED", "EXITED"), ("ENTERED",), ()}


async def test_users_of_an_edited_audience_follow_in_the_same_step(living: Living) -> None:
    await crowd(living)
    await built(living, 'plan = "free"')
    await living.make("others", "NOT INCLUDE some")
    await living.make("both", "OR (INCLUDE some, INCLUDE others)")
    await living.walk()
    await living.edit("some", definition='plan = "pro"')
    await step(living)
    assert "others" in await living.slugs("d0")
    assert "others" not in await living.slugs("d1")
    await living.walk()
    assert [row[1:3] for row in await living.told("d1", "others")] == [
        ("ENTERED", "DEFINITION"),
        ("EXITED", "DEFINITION"),
    ]
    assert [row[1] for row in await living.told("d1", "both")] == ["ENTERED"]
    assert await living.differences() == []


async def test_a_house_from_before_tells_no_changes_of_details_that_nobody_made(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    audience = (1, "old", "Old", "Why", "EXISTS email", "{}", 2, "ACTIVE", 1, '["a"]', 0, START, START)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript(f"{STEPS[0]}; PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO audiences (id, slug, name, description, definition, types, version, state, personalizable,"
            f" tags, size, created_at, updated_at) VALUES ({', '.join('?' * 13)})",
            audience,
        )
        for version, definition in ((1, "*"), (2, "EXISTS email")):
            old.execute("INSERT INTO audience_versions VALUES (1, ?, ?, '{}', ?, NULL)", (version, definition, START))
    async with Living(path) as living:
        assert await changes(living, "old") == [
            ["Made."],
            ["Removed: Everyone.", "Added: E-mail address is known."],
        ]
        assert (await living.edit("old", name="New")).version == 3
