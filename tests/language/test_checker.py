"""What the checker finds out about a definition: canonical names, what it reads and includes, whether it moves."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from engine.errors import InvalidDefinition
from engine.language.checker import check, find_cycle
from engine.language.definition import Definition
from engine.language.parser import parse, parse_statement
from engine.language.printer import to_text
from engine.language.types import Field, FixedTypes
from engine.values import FieldType, Motion
from tests.language.people import Words


def checked(text: str) -> Definition:
    return check(parse(text), Words())


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("scores.momentum > 5", "score_momentum > 5"),
        ("lytics_content.cycling > 0.5", "affinity.cycling > 0.5"),
        ("`lytics_content`.`node.js` > 0.5", "affinity.`node.js` > 0.5"),
        ("affinity.node.js > 0.5", "affinity.`node.js` > 0.5"),
        ("EXISTS 'favourite colour'", "EXISTS `favourite colour`"),
        ('visit_count = "3"', "visit_count = 3"),
        ("visit_count=3.50", "visit_count = 3.5"),
        ("email<>'a\"b'", r'email != "a\"b"'),
        ("email = 'it''s'", 'email = "it\'s"'),
        ('email = "6"" x"', r'email = "6\" x"'),
        (r'email = "a\\b\c"', r'email = "a\\b\\c"'),
        ("NOT email IN ('x')", 'email NOT IN ("x")'),
        ("_modified > 1393468620175", 'last_visit_at > "2014-02-27T02:37:00.175Z"'),
        ('last_visit_at > "2026-01-01T02:00:00+02:00"', 'last_visit_at > "2026-01-01"'),
        ('last_visit_at > "now-0d"', 'last_visit_at > "now"'),
        ("email = null", "NOT EXISTS email"),
        ("match_all", "*"),
        (
            "FILTER (visit_count > 1 AND visit_count < 3) OR * FROM user",
            "OR (AND (visit_count > 1, visit_count < 3), *)",
        ),
        ('DID "page" AT LEAST 1 TIMES', 'DID "page"'),
        ("timewindow(page, 5, 7)", 'DID "page" AT LEAST 5 TIMES IN LAST "7d"'),
        ('DID "page" WHERE `cart`.items = 1', 'DID "page" WHERE cart.items = 1'),
        ('did "page" where `a b` = 1', 'DID "page" WHERE `a b` = 1'),
    ],
)
def test_the_canonical_text_has_canonical_names_and_values(text: str, canonical: str) -> None:
    assert to_text(checked(text).root) == canonical


def test_a_long_group_is_printed_line_by_line() -> None:
    tests = ", ".join(f"visit_count != {number}" for number in range(6))

    text = to_text(parse(f"OR (NOT EXISTS email, AND ({tests}))"))

    assert text.splitlines()[:3] == ["OR (", "  NOT EXISTS email,", "  AND ("]
    assert text.splitlines()[3] == "    visit_count != 0,"


def test_a_definition_knows_what_it_reads_and_includes() -> None:
    definition = checked('AND (scores.momentum > 5, affinity.cycling > 0.5, INCLUDE vip, DID "page" WHERE path = "/")')

    assert definition.reads == {"score_momentum", "affinity"}
    assert definition.includes == {"vip"}
    assert definition.types == {"score_momentum": FieldType.NUMBER, "affinity": FieldType.MAP}
    assert [leaf.leaf for leaf in definition.leaves] == ['DID "page" WHERE path = "/" -- path: string']


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ('last_visit_at > "now-7d"', True),
        ('last_visit_at > "2026-01-01"', False),
        ('NOT last_visit_at BETWEEN "2026-01-01" AND "now"', True),
        ("score_momentum > 50", True),
        ("affinity.cycling > 0.5", True),
        ("EXISTS score_momentum", False),
        ("visit_count > 3", False),
        ("INCLUDE vip", False),
        ('DID "page" IN LAST "7d"', True),
        ("*", False),
    ],
)
def test_a_definition_knows_whether_time_alone_can_change_it(text: str, moves: bool) -> None:
    assert checked(text).moves is moves


def test_leaves_that_differ_only_in_their_window_are_kept_apart_and_equal_ones_are_one() -> None:
    week, month = 'DID "page" IN LAST "7d"', 'DID "page" IN LAST "30d"'

    definition = checked(f"OR ({week}, {month}, NOT {week})")

    assert [leaf.leaf for leaf in definition.leaves] == [week, month]


class Seen:
    """Events that have been seen: page views with a path."""

    def event_names(self) -> Iterable[str]:
        """List words."""
        return ["page", "checkout"]

    def property(self, event: str, name: str) -> Field | None:
        """Find a property."""
        return Field(name, FieldType.STRING, Motion.STILL, "path") if name == "path" else None


def test_an_event_never_seen_is_a_warning() -> None:
    definition = check(parse('DID "chekout"'), Words(), Seen())

    (warning,) = definition.warnings
    assert (warning.code, warning.suggestions) == ("unseen_event", ("checkout",))


def test_a_property_has_the_type_that_was_seen() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        check(parse('DID "page" WHERE path > 5'), Words(), Seen())

    assert caught.value.problems[0].code == "wrong_operator"


def test_a_saved_definition_keeps_its_types_when_the_data_change_theirs() -> None:
    saved = FixedTypes(Words(), {"visit_count": FieldType.STRING, "gone": FieldType.NUMBER})

    definition = check(parse('visit_count = "3" AND gone > 3'), saved)

    assert definition.types == saved.types


def test_the_longest_known_beginning_of_a_dotted_name_is_the_field() -> None:
    longer = FixedTypes(Words(), {"affinity.node": FieldType.MAP})

    definition = check(parse("affinity.node.js > 0.5"), longer)

    assert definition.reads == {"affinity.node"}
    assert to_text(definition.root) == "affinity.node.js > 0.5"


def test_an_alias_must_be_the_audiences_own_slug() -> None:
    parse("FILTER * ALIAS vip", slug="vip")

    with pytest.raises(InvalidDefinition) as caught:
        parse("FILTER * ALIAS vips", slug="vip")

    assert caught.value.problems[0].code == "wrong_alias"


def test_a_statement_keeps_its_words() -> None:
    statement = parse_statement("FILTER * FROM user LIMIT 10 ALIAS everyone")

    assert statement.limit is not None
    assert statement.alias is not None
    assert (statement.limit.value, statement.alias.value) == (10.0, "everyone")


@pytest.mark.parametrize(
    ("includes", "cycle"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, None),
        ({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}, None),
        ({"a": {"a"}}, ("a", "a")),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, ("a", "b", "c", "a")),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ("b", "c", "b")),
        ({"a": {"missing"}}, None),
        ({str(number): {str(number + 1)} for number in range(5000)} | {"a": {"0"}}, None),
    ],
)
def test_a_circle_of_audiences_is_found_with_its_path(includes: dict[str, set[str]], cycle: object) -> None:
    assert find_cycle("a", {slug: frozenset(slugs) for slug, slugs in includes.items()}) == cycle
