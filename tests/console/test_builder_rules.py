"""Rows and trees: what a row can show comes back the same, what it cannot is kept as it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules import EventRule, Everyone, Group, How, InAudience, Item, Rule, When, Written
from console.rules_form import fitted_group, read_items, read_rows, write_rows
from console.rules_from_tree import rows_of
from console.rules_gaps import gaps
from console.rules_tree import faults, node_of, text_of
from engine.errors import InvalidDefinition, InvalidValue
from engine.language.checker import check
from engine.language.nodes import And, Bound, Node, Not, Or
from engine.language.parser import parse
from engine.language.printer import to_text
from tests.language.people import Words
from tests.language.strategies import asked_of_events, definitions, trees

WORDS = Words()
patient = settings(deadline=None)
anything = st.one_of(
    definitions,
    asked_of_events,
    asked_of_events.map(Not),
    st.builds(And, st.lists(definitions | asked_of_events, min_size=1, max_size=3).map(tuple)),
)


def rows(text: str) -> Group:
    return rows_of(parse(text), WORDS)


def shown(text: str) -> Item:
    """Give the one row that a text becomes."""
    (item,) = rows(text).items
    return item


@patient
@given(anything)
def test_rows_stand_for_the_tree_they_show(node: Node) -> None:
    assert check(node_of(rows_of(node, WORDS)), WORDS, WORDS).root == check(node, WORDS, WORDS).root


@patient
@given(anything)
def test_rows_are_the_same_for_a_definition_as_saved(node: Node) -> None:
    saved = check(node, WORDS, WORDS).root
    assert rows_of(parse(to_text(saved)), WORDS) == rows_of(node, WORDS)


@patient
@given(trees)
def test_what_no_row_can_show_is_kept_word_for_word(node: Node) -> None:
    assert settled(node_of(rows_of(node, Words(())))) == settled(node)


def settled(node: Node) -> Node:
    """Give a tree with each leaf as it is saved, where it means anything."""
    match node:
        case And(items) | Or(items):
            return type(node)(tuple(map(settled, items)))
        case Not(item):
            return Not(settled(item))
        case _:
            try:
                return check(node, Words(()), WORDS).root
            except InvalidDefinition:
                return node


@patient
@given(anything)
def test_a_form_carries_rows_whole(node: Node) -> None:
    group = rows_of(node, WORDS)
    assert read_rows(write_rows(group)) == group
    assert fitted_group(group, WORDS) == group


@patient
@given(anything)
def test_finished_rows_are_written_as_the_language_prints_them(node: Node) -> None:
    group = rows_of(node, WORDS)
    assert list(gaps(group)) == []
    assert check(parse(text_of(group)), WORDS, WORDS).root == check(node, WORDS, WORDS).root


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("score_momentum > 50", Rule("score_momentum", "number >", "", ("50",))),
        ("NOT score_momentum > 50", Rule("score_momentum", "number NOT >", "", ("50",))),
        ("visit_count BETWEEN 2 AND 4.5", Rule("visit_count", "number BETWEEN", "", ("2", "4.5"))),
        ('email NOT LIKE "*@example.com"', Rule("email", "text NOT LIKE", "", ("*@example.com",))),
        ("NOT EXISTS email", Rule("email", "text NOT EXISTS")),
        ("subscribed = true", Rule("subscribed", "boolean TRUE")),
        ("subscribed != true", Rule("subscribed", "boolean NOT TRUE")),
        ('last_visit_at > "now-30d"', Rule("last_visit_at", "age >", "", ("30", "d"))),
        ('last_visit_at < "2026-01-31"', Rule("last_visit_at", "date <", "", ("2026-01-31",))),
        ('last_visit_at >= "now+3d"', Rule("last_visit_at", "date >=", "", ("now+3d",))),
        (
            'last_visit_at BETWEEN "now-30d" AND "now-1w"',
            Rule("last_visit_at", "age BETWEEN", "", ("30", "d", "1", "w")),
        ),
        ("affinity.cycling > 0.5", Rule("affinity", "entry >", "cycling", ("0.5",))),
        ("EXISTS affinity.`gravel bikes`", Rule("affinity", "entry EXISTS", "gravel bikes")),
        ('affinity INTERSECTS ("a", "b")', Rule("affinity", "map INTERSECTS", "", ("a", "b"))),
        ('utm_sources NOT IN ("a")', Rule("utm_sources", "set NOT IN", "", ("a",))),
        ("scores.momentum > 50", Rule("score_momentum", "number >", "", ("50",))),
        ("NOT INCLUDE vip", InAudience("vip", denied=True)),
        ("*", Everyone()),
    ],
)
def test_each_test_has_its_row(text: str, row: Item) -> None:
    assert shown(text) == row


TWICE = EventRule("page", bound=Bound.EXACTLY, times="2")
DEAR = Rule("total", "number >=", "", ("20.5",))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('DID "page"', EventRule("page")),
        ('DID NOT "page" AT MOST 3 TIMES', EventRule("page", True, Bound.AT_MOST, "3")),
        ('NOT DID "never seen"', EventRule("never seen", denied=True)),
        ('DID "page" EXACTLY 2 TIMES IN LAST "6M"', replace(TWICE, when=When.LAST, values=("6", "M"))),
        ("timewindow(page, 2, 7)", EventRule("page", times="2", when=When.LAST, values=("7", "d"))),
        (
            'DID "page" BETWEEN "2026-01-31" AND "2026-02-01T12:00:00Z"',
            EventRule("page", when=When.DATES, values=("2026-01-31", "2026-02-01T12:00:00Z")),
        ),
        ('DID "page" WHERE total >= "20.5"', EventRule("page", conditions=(DEAR,))),
        (
            'DID "page" WHERE (total >= 20.5 OR NOT EXISTS address.city)',
            EventRule("page", how=How.ANY, conditions=(DEAR, Rule("address.city", "text NOT EXISTS"))),
        ),
        (
            'DID "page" WHERE AND (total >= 20.5, local_weekday IN ("monday"), not.seen > "2026-01-31")',
            EventRule(
                "page",
                conditions=(
                    DEAR,
                    Rule("local_weekday", "text IN", "", ("monday",)),
                    Rule("not.seen", "date >", "", ("2026-01-31",)),
                ),
            ),
        ),
    ],
)
def test_what_people_did_has_a_row(text: str, row: EventRule) -> None:
    assert shown(text) == row


@pytest.mark.parametrize(
    "text",
    [
        'DID "page" WHERE *',
        'DID "page" WHERE AND (path = "/")',
        'DID "page" WHERE NOT (path = "/" OR path = "/b")',
        'DID "page" WHERE (path = "/a" AND (path = "/b" OR NOT title = "c"))',
        'DID "page" WHERE coupon = ""',
        'DID "two\nlines"',
        'DID ""',
        'DID "page" WHERE (not.seen > 5 AND not.seen = "a")',
        'email = ""',
        'email = "two\nlines"',
        "NOT *",
        "NOT NOT EXISTS email",
        "not_there > 5",
        "INCLUDE not_there",
        f"visit_count IN ({', '.join(map(str, range(101)))})",
    ],
)
def test_what_has_no_row_is_a_written_rule(text: str) -> None:
    assert shown(text) == Written(to_text(parse(text)))


@pytest.mark.parametrize(
    ("text", "how", "count"),
    [
        ("EXISTS email AND EXISTS device", How.ALL, 2),
        ("EXISTS email OR EXISTS device", How.ANY, 2),
        ("NOT (EXISTS email OR EXISTS device)", How.NONE, 2),
        ("NOT AND (EXISTS email)", How.NOT_ALL, 1),
        ("EXISTS email", How.ALL, 1),
    ],
)
def test_groups_join_in_four_ways(text: str, how: How, count: int) -> None:
    assert (rows(text).how, len(rows(text).items)) == (how, count)


def test_groups_nest_twice_and_go_on_in_writing() -> None:
    deep = "OR (EXISTS email, AND (EXISTS email, OR (EXISTS email, AND (EXISTS email, EXISTS device))))"
    inner = rows(deep).items[1]
    assert isinstance(inner, Group)
    innermost = inner.items[1]
    assert isinstance(innermost, Group)
    assert innermost.items[1] == Written("AND (EXISTS email, EXISTS device)")


@pytest.mark.parametrize("around", ["OR ({})", 'DID "page" WHERE OR ({})'])
def test_very_many_rules_stay_in_writing(around: str) -> None:
    many = parse(around.format(", ".join(f"total = {count}" for count in range(201))))
    assert rows_of(many, WORDS).items == (Written(to_text(many)),)


@pytest.mark.parametrize(
    ("item", "text", "needs"),
    [
        (Rule(), "…", "an attribute"),
        (Rule("score_momentum", "number >", "", ("",)), "score_momentum > …", "a number"),
        (Rule("visit_count", "number BETWEEN", "", ("1", "")), "visit_count BETWEEN …", "two numbers"),
        (Rule("last_visit_at", "age >", "", ("", "d")), "last_visit_at > …", "a length of time"),
        (Rule("affinity", "entry >", "", ("0.5",)), "affinity > …", "a topic"),
        (EventRule(), "DID …", "an event"),
        (EventRule("page", denied=True, times=""), 'DID NOT "page" …', "a number of times"),
        (EventRule("page", when=When.LAST, values=("", "d")), 'DID "page" …', "a length of time"),
        (EventRule("page", when=When.DATES, values=("2026-01-31", "")), 'DID "page" …', "two dates"),
        (InAudience(), "…", "an audience"),
        (Written(" "), "…", "a rule in the segment language"),
        (Group(How.ANY), "…", "a rule in it, or to be removed"),
    ],
)
def test_an_unfinished_rule_says_what_it_needs_and_stands_as_far_as_it_goes(item: Item, text: str, needs: str) -> None:
    group = Group(How.ALL, (Rule("email", "text EXISTS"), item))
    assert text_of(group) == f"AND (EXISTS email, {text})"
    assert [(gap.at, gap.says) for gap in gaps(group)] == [(1, needs)]


def test_an_unfinished_condition_says_what_it_needs_in_its_place() -> None:
    conditions = (Rule("total", "number >", "", ("5",)), Rule(), Rule("coupon", "text =", "", ("",)))
    group = Group(How.ANY, (EventRule("page", conditions=conditions), Rule()))

    assert text_of(group) == 'OR (DID "page" …, …)'
    told = [(gap.at, gap.says, gap.event) for gap in gaps(group)]
    assert told == [(2, "a property", "page"), (3, "a value", "page"), (4, "an attribute", None)]


def test_a_written_rule_that_cannot_be_read_stays_in_the_text() -> None:
    group = Group(How.ANY, (Written("score_momentum >"), Written("EXISTS email")))
    assert text_of(group) == "OR (score_momentum >, EXISTS email)"
    with pytest.raises(InvalidDefinition, match="value is missing"):
        node_of(group)


def test_what_is_wrong_is_told_of_each_rule_by_its_place() -> None:
    inner = Group(How.ANY, (Rule("email", "text EXISTS"), Rule("visit_count", "number BETWEEN", "", ("5", "2"))))
    never = EventRule("page", times="0", conditions=(Rule("path", "text EXISTS"),))
    group = Group(How.ALL, (inner, never, InAudience("not_there"), Everyone()))

    told = [(fault.at, fault.says.split(":")[0]) for fault in faults(group, WORDS)]

    assert told == [
        (2, "The lower bound comes first"),
        (3, 'Never is written DID NOT "page".'),
        (5, "There is no audience not_there. Make it first."),
    ]


def test_no_rules_are_no_text() -> None:
    assert text_of(Group()) == ""


def test_a_number_that_is_none_is_told_by_the_checker() -> None:
    rule = Rule("score_momentum", "number >", "", ("much",))
    with pytest.raises(InvalidDefinition, match='"much" is not one'):
        check(node_of(Group(How.ALL, (rule,))), WORDS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Rule("email", "number >", "", ("50",)), Rule("email", "text =", "", ("",))),
        (Rule("visit_count", "number >", "", ("50",)), Rule("visit_count", "number >", "", ("50",))),
        (Rule("last_visit_at", "date <", "", ("30", "d")), Rule("last_visit_at", "date <", "", ("",))),
        (Rule("last_visit_at", "age <", "", ("2026-01-31",)), Rule("last_visit_at", "age <", "", ("", "d"))),
        (Rule("email", "text IN", "", ("", "a", "")), Rule("email", "text IN", "", ("a",))),
        (Rule("email", "text EXISTS", "x", ("a",)), Rule("email", "text EXISTS")),
        (Rule("gone", "text =", "", ("a",)), Rule()),
    ],
)
def test_a_row_is_fitted_to_its_field(before: Rule, after: Rule) -> None:
    assert fitted_group(Group(How.ALL, (before,)), WORDS).items == (after,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EventRule("page", when=When.LAST), EventRule("page", when=When.LAST, values=("", "d"))),
        (EventRule("page", when=When.LAST, values=("3", "w")), EventRule("page", when=When.LAST, values=("3", "w"))),
        (EventRule("page", when=When.EVER, values=("3", "w")), EventRule("page")),
        (EventRule("page", when=When.DATES, values=("3", "w")), EventRule("page", when=When.DATES, values=("", ""))),
    ],
)
def test_a_row_about_an_event_is_fitted_to_its_window(before: EventRule, after: EventRule) -> None:
    assert fitted_group(Group(How.ALL, (before,)), WORDS).items == (after,)


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        ("page", Rule("total", "text =", "", ("a",)), Rule("total", "number >", "", ("",))),
        ("page", Rule("deliver_at"), Rule("deliver_at", "date >=", "", ("",))),
        ("page", Rule("deliver_at", "age >", "", ("3", "d")), Rule("deliver_at", "date >=", "", ("",))),
        ("never seen", Rule("total", "text =", "", ("a",)), Rule("total", "text =", "", ("a",))),
        ("never seen", Rule("local_hour"), Rule("local_hour", "number >", "", ("",))),
        ("page", Rule("not_seen"), Rule("not_seen", "text =", "", ("",))),
        ("page", Rule(), Rule()),
    ],
)
def test_a_condition_is_fitted_to_its_property(event: str, before: Rule, after: Rule) -> None:
    fitted = fitted_group(Group(How.ALL, (EventRule(event, conditions=(before,)),)), WORDS)
    assert fitted.items == (EventRule(event, conditions=(after,)),)


def test_a_form_with_stray_fields_is_read_as_far_as_it_makes_sense() -> None:
    pairs = [("end", "group"), ("value", "stray"), ("group", "odd"), ("name", "x"), ("rule", "email"), ("value", "a")]
    assert read_items(pairs) == (Group(How.ALL, (Rule("email", values=("a",)),)),)


def test_what_a_browser_would_never_put_into_a_rule_about_an_event_is_passed_over() -> None:
    own = [("event", "page"), ("bound", "odd"), ("when", "odd"), ("where", "odd"), ("include", "vip")]
    pairs = [
        ("did", "yes"),
        *own,
        ("audience", "in"),
        ("group", "any"),
        ("end", "group"),
        ("rule", "path"),
        ("end", ""),
    ]

    assert read_items(pairs) == (EventRule("page", conditions=(Rule("path"),)),)


@pytest.mark.parametrize(
    "pairs", [[("group", "all")] * 30, [("did", "yes")] * 30, [("everyone", "yes")] * 1_001, [("rule", "")] * 1_001]
)
def test_a_form_beyond_any_sense_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidValue, match="At most 1,000 rules"):
        read_rows(pairs)
