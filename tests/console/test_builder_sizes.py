"""Each rule and group shows how many it matches alone, and an edit whom it would move, in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest
from playwright.sync_api import Locator, Page, expect

from console.builder_sizes import lines, pointers
from console.pages import Pages
from console.rules import EventRule, Group, How, InAudience, Rule, Written
from console.rules_gaps import in_order
from console.rules_tree import text_of
from engine.language.parser import parse
from engine.language.tree import places, to_tree
from engine.ports import Engine, Preview, Step
from tests.console.building import PATIENCE, Building, build
from tests.console.people import make, visit
from tests.console.test_without_scripts import plain as plain  # a browser without scripts
from tests.server import Server

GOLD = Rule("plan", "text =", "", ("gold",))
NO_GOLD = Rule("plan", "text NOT =", "", ("gold",))
DID_WHERE = EventRule("buy", denied=True, conditions=(GOLD, NO_GOLD))
NESTED = Group(How.NONE, (InAudience("vip", denied=True), Group(How.NOT_ALL, (GOLD, DID_WHERE)), NO_GOLD))


@pytest.mark.parametrize(
    "rows",
    [
        Group(How.ALL, (GOLD,)),
        Group(How.ANY, (Group(How.ALL, (GOLD,)),)),
        Group(How.NONE, (GOLD,)),
        Group(How.NOT_ALL, (NESTED, Written("a = 1 OR NOT (b = 2 AND c = 3)"), NO_GOLD)),
        Group(How.ALL, (DID_WHERE, NESTED, Group(How.ANY, (Written("NOT NOT EXISTS a"), NESTED)), GOLD)),
    ],
)
def test_each_row_is_found_in_the_tree(rows: Group) -> None:
    tree = dict(places(parse(text_of(rows))))
    outermost, *found = pointers(rows)

    assert outermost == ""
    for (item, event), pointer in zip(in_order(rows), found, strict=True):
        if event is not None:
            assert pointer is None
        else:
            assert pointer is not None
            assert to_tree(tree[pointer]) == to_tree(parse(text_of(Group(How.ALL, (item,)))))


def test_lines_are_indented_by_group_and_those_that_were_not_counted_are_left_out() -> None:
    text = text_of(Group(How.NONE, (GOLD, Group(How.ANY, (NO_GOLD, GOLD)))))
    steps = [Step(pointer, size) for size, (pointer, _) in enumerate(places(parse(text)))][:-1]

    told = lines(Preview(text=text, steps=steps), Group())

    assert [("  " * one.depth + one.text, one.size) for one in told] == [
        ("None of these", 0),
        ('  plan = "gold"', 2),
        ("  Any of these", 3),
        ('    plan != "gold"', 4),
    ]


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let ten people come: four have gold, three a dog, and one of them both."""
    for number in range(10):
        traits = {"plan": "gold" if number < 4 else "silver"} | ({"pet": "dog"} if 3 <= number < 6 else {})
        visit(server, f"sized-{number}", type="identify", traits=traits)


@pytest.fixture
def building(server: Server, console: Page) -> Building:
    """Give an empty builder."""
    return build(server, console)


def own(rule: Locator) -> Locator:
    """Find what a row shows of itself."""
    return rule.get_by_test_id("own-size").first.locator(".own")


def expect_own(building: Building, *sizes: int, whole: int) -> None:
    """Wait until each row, and the outermost group, show these sizes."""
    for rule, size in zip(building.rules.all(), sizes, strict=True):
        expect(own(rule)).to_have_attribute("data-size", str(size), timeout=PATIENCE)
    expect(own(building.page.get_by_test_id("group").first)).to_have_attribute("data-size", str(whole))


def choose(building: Building, rule: int, field: str, value: str) -> None:
    """Add a rule that a field is some value, by clicking and typing."""
    building.add_rule(field.lower(), field)
    building.part("operator", rule).select_option(label="is")
    building.part("value", rule).fill(value)


def test_each_row_shows_its_own_size_as_it_is_built(building: Building) -> None:
    choose(building, 0, "Plan", "gold")
    expect_own(building, 4, whole=4)
    choose(building, 1, "Pet", "dog")
    expect_own(building, 4, 3, whole=1)
    expect(own(building.rules.first)).to_contain_text("4 · 40 %")

    building.page.get_by_test_id("join").select_option("none")
    expect_own(building, 4, 3, whole=4)
    building.part("operator", 1).select_option(label="is not")
    expect_own(building, 4, 7, whole=2)


def test_an_unfinished_row_leaves_the_others_their_sizes(building: Building) -> None:
    choose(building, 0, "Plan", "gold")
    expect_own(building, 4, whole=4)

    with building.page.expect_response("**/console/builder/preview"):
        building.page.get_by_test_id("add-rule").click()
    expect(building.page.get_by_test_id("missing")).to_be_visible()

    expect(own(building.rules.first)).to_have_attribute("data-size", "4")
    expect(own(building.rules.nth(1))).to_have_count(0)
    expect(building.page.get_by_test_id("builder")).to_have_attribute("data-stale", "")
    building.part("remove", 1).click()
    expect(building.page.get_by_test_id("builder")).not_to_have_attribute("data-stale", "", timeout=PATIENCE)
    expect_own(building, 4, whole=4)


def test_a_row_that_lost_its_value_loses_its_size(building: Building) -> None:
    building.write('plan = "gold" AND DID "identify" WHERE plan = "gold"')
    expect_own(building, 4, 4, whole=4)

    building.part("value").fill("")
    expect(own(building.rules.first)).to_have_count(0, timeout=PATIENCE)
    expect(own(building.rules.last)).to_have_attribute("data-size", "4")
    building.condition("value").fill("")
    expect(own(building.rules.last)).to_have_count(0, timeout=PATIENCE)


def test_the_text_tells_sizes_by_line_and_groups_show_theirs(building: Building) -> None:
    building.write('plan = "gold" AND (pet = "dog" OR NOT (EXISTS pet AND plan = "silver"))')

    told = building.page.get_by_test_id("line")
    expect(told.first).to_be_visible()
    sizes = [line.locator(".own").get_attribute("data-size") for line in told.all()]
    groups = [own(group).get_attribute("data-size") for group in building.page.get_by_test_id("group").all()]
    assert sizes == ["4", "4", "10", "3", "8", "3", "6"]
    assert groups == ["4", "10", "8"]
    assert own(building.rules.last).get_attribute("data-size") == "6"


def test_editing_tells_who_would_enter_and_leave(server: Server, console: Page) -> None:
    slug = make(server, "Gold ones", 'plan = "gold"')
    building = build(server, console, slug)
    moves = console.get_by_test_id("moves")
    expect(moves).to_have_text("Nobody would enter or leave")

    building.write('pet = "dog"')
    expect(moves).to_have_text("2 would enter, 3 would leave")
    building.write('pet = "dog" OR plan = "gold"')
    expect(moves).to_have_text("2 would enter, nobody would leave")
    building.save()
    assert building.saved(slug)["definition"].startswith("OR (")


def test_a_new_audience_moves_nobody(building: Building) -> None:
    building.write('plan = "gold"')

    expect(building.page.get_by_test_id("size")).to_have_attribute("data-size", "4")
    expect(building.page.get_by_test_id("moves")).to_have_count(0)


def test_without_scripts_a_button_tells_the_same(server: Server, plain: Page) -> None:
    slug = make(server, "By hand", 'plan = "gold"')
    plain.goto(f"{server.address}/console/audiences/{slug}/edit")
    plain.get_by_test_id("text").fill('plan = "gold" AND pet = "dog"')
    plain.get_by_test_id("preview-again").click()

    expect(plain.get_by_test_id("size")).to_have_attribute("data-size", "1")
    expect(plain.get_by_test_id("moves")).to_have_text("Nobody would enter, 3 would leave")
    expect(plain.get_by_test_id("line")).to_contain_text(["All of these", 'plan = "gold"', 'pet = "dog"'])
    plain.get_by_test_id("save").click()
    expect(plain.get_by_test_id("name")).to_have_text("By hand")


def test_what_is_estimated_is_told_so_with_each_number() -> None:
    sizes: Any = Pages(cast(Engine, None)).templates.get_template("builder_sizes.html").module
    found = Preview(size=900, total=2_000, estimated=True, entering=0, leaving=0)

    own, moves = (
        " ".join(re.sub(r"<[^>]+>", "", html).split()) for html in (sizes.own(900, found), sizes.moves(found))
    )

    assert own == "Alone it matches about ≈900 · 45 %"
    assert moves == "Nobody would enter or leave, as far as the estimate tells"
    assert "about 1,200 would enter" in sizes.moves(replace(found, entering=1_200))


def test_on_a_phone_nothing_stands_out_of_its_card(building: Building) -> None:
    building.page.set_viewport_size({"width": 390, "height": 844})
    building.write('plan = "gold" AND NOT (EXISTS pet AND NOT (plan = "gold" AND DID "page"))')

    expect(own(building.page.get_by_test_id("group").last)).to_be_visible()
    assert (
        building.page.evaluate("['rows', 'lines'].filter((id) => window[id].scrollWidth > window[id].clientWidth)")
        == []
    )
