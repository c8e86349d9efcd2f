"""Explanations: one step a test with what it expects and what is there, and one English sentence."""

from __future__ import annotations

import pytest

from engine.language.checker import check
from engine.language.english import summarise
from engine.language.explain import explain
from engine.language.nodes import Exists, Name
from engine.language.parser import parse
from engine.language.types import Field
from engine.values import FieldType, Motion, Time, parse_time
from tests.language.people import Person, Words

NOW = parse_time("2026-03-31T12:00:00Z") or Time(0)
HOUR = 3_600_000


def test_each_test_shows_what_it_expects_and_what_is_there() -> None:
    definition = check(parse("AND (score_momentum > 50, NOT EXISTS email, INCLUDE vip)"), Words())
    person = Person({"score_momentum": 80.0, "email": "ann@example.com"}, NOW)

    explanation = explain(definition, person.at(NOW), NOW, {"vip": True})

    assert not explanation.matched
    assert [(step.label, step.expected, step.actual, step.matched) for step in explanation.steps] == [
        ("All of", "each of the following holds", None, False),
        ("momentum score", "is more than 50", "80", True),
        ("email", "is not known", "ann@example.com", False),
        ("Audience vip", "is a member", "member", True),
    ]


def test_each_test_tells_when_it_can_next_change() -> None:
    definition = check(parse('OR (score_momentum > 50, last_visit_at > "now-30d", EXISTS email)'), Words())
    person = Person({"score_momentum": 80.0, "last_visit_at": Time(NOW - HOUR)}, NOW)

    explanation = explain(definition, person.at(NOW), NOW, {})

    assert [step.next_change_at for step in explanation.steps[1:]] == [NOW + 30 * HOUR, NOW + 719 * HOUR, None]
    assert explanation.next_change_at == NOW + 719 * HOUR


def test_steps_are_found_in_the_json_tree_by_their_pointers() -> None:
    definition = check(parse("AND (visit_count != 3, NOT OR (EXISTS email, EXISTS device))"), Words())

    steps = explain(definition, Person({}, NOW).at(NOW), NOW, {}).steps

    assert [(step.pointer, step.depth) for step in steps] == [
        ("", 0),
        ("/args/0", 1),
        ("/args/1", 1),
        ("/args/1/args/0", 2),
        ("/args/1/args/0/args/0", 3),
        ("/args/1/args/0/args/1", 3),
    ]


@pytest.mark.parametrize("word", ["DID", "DID NOT"])
def test_the_events_behind_a_count_are_shown(word: str) -> None:
    definition = check(parse(f'{word} "page" AT LEAST 2 TIMES IN LAST "7d"'), Words())
    leaf = definition.leaves[0].leaf
    person = Person({}, NOW, {leaf: [NOW - HOUR, NOW - 2 * HOUR, NOW - 200 * HOUR]})

    (step,) = explain(definition, person.at(NOW), NOW, {}).steps

    assert step.actual == "2 times, last at 2026-03-31T11:00:00Z, 2026-03-31T10:00:00Z"
    assert (step.event, step.happened) == ("page", (NOW - HOUR, NOW - 2 * HOUR))
    assert step.next_change_at == NOW + 166 * HOUR


@pytest.mark.parametrize(
    ("hours", "actual"),
    [
        ((), "never"),
        ((200,), "never in that time, last at 2026-03-23T04:00:00Z"),
        ((1,), "1 time, last at 2026-03-31T11:00:00Z"),
        ((1, 1, 1), f"more than 2 times, last at {', '.join(['2026-03-31T11:00:00Z'] * 3)}"),
    ],
)
def test_how_often_something_was_done_is_said_as_far_as_it_is_kept(hours: tuple[int, ...], actual: str) -> None:
    definition = check(parse('DID "page" AT MOST 2 TIMES IN LAST "7d"'), Words())
    person = Person({}, NOW, {definition.leaves[0].leaf: [NOW - back * HOUR for back in hours]})

    (step,) = explain(definition, person.at(NOW), NOW, {}).steps

    assert step.actual == actual


@pytest.mark.parametrize(
    ("label", "words"),
    [("Score: momentum", "momentum score"), ("E-mail address", "e-mail address"), ("UTM sources", "UTM sources")],
)
def test_a_label_is_worded_for_a_sentence(label: str, words: str) -> None:
    field = Field("x", FieldType.STRING, Motion.STILL, label)

    assert summarise(Exists(Name(("x",), resolved=field))) == f"People whose {words} is known."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("*", "Everyone."),
        ("NOT *", "Nobody."),
        (
            "score_momentum > 50 AND score_frequency < 25",
            "People whose momentum score is more than 50 and whose frequency score is less than 25.",
        ),
        ("NOT EXISTS email", "People whose email is not known."),
        ('last_visit_at > "now-1w"', "People whose last visit is less than 1 week ago."),
        ('last_visit_at <= "now-3M"', "People whose last visit is at least 3 months ago."),
        ('last_visit_at < "2026-01-31"', "People whose last visit is before 2026-01-31."),
        (
            'last_visit_at BETWEEN "now-7d" AND "now"',
            "People whose last visit is between 7 days ago and now.",
        ),
        ("subscribed = true", "People whose subscribed is true."),
        ('device IN ("mobile")', 'People whose device is "mobile".'),
        (
            'utm_sources NOT INTERSECTS ("a", "b", "c")',
            'People whose campaign sources include none of "a", "b" and "c".',
        ),
        (
            "visit_count IN (1, 2, 3, 4, 5, 6, 7)",
            "People whose number of visits is 1, 2, 3, 4, 5 or 2 more.",
        ),
        ('affinity NOT IN ("cycling")', 'People whose affinity does not include "cycling".'),
        ('device NOT IN ("mobile")', 'People whose device is not "mobile".'),
        ('affinity IN ("cycling", "running")', 'People whose affinity includes "cycling" or "running".'),
        ('email NOT CONTAINS "x"', 'People whose email does not contain "x".'),
        ("affinity.cycling >= 0.5", "People whose affinity for cycling is at least 0.5."),
        (
            'INCLUDE vip AND (email LIKE "a*" OR NOT INCLUDE known_users)',
            'People who are in the audience vip and (whose email looks like "a*"'
            " or who are not in the audience known_users).",
        ),
        (
            'DID "page" AT LEAST 3 TIMES IN LAST "30d"',
            'People who did "page" at least 3 times in the last 30 days.',
        ),
        ('DID NOT "page"', 'People who did not do "page".'),
        (
            'DID "page" WHERE (path = "/a" AND (total > 5 OR NOT EXISTS total)) OR EXISTS email',
            'People who did "page" where (path is "/a" and (total is more than 5 or total is not known))'
            " or whose email is known.",
        ),
        ('DID "page" WHERE NOT (path = "/a")', 'People who did "page" where path is not "/a".'),
        (
            'DID "page" WHERE NOT (* AND path = "/a")',
            'People who did "page" where it is not so that (anything holds and path is "/a").',
        ),
        (
            "NOT (EXISTS email AND EXISTS device)",
            "People other than those (whose email is known and whose device is known).",
        ),
    ],
)
def test_one_sentence_says_whom_a_definition_matches(text: str, sentence: str) -> None:
    assert summarise(check(parse(text), Words()).root) == sentence
