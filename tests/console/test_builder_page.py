"""Building an audience in a real browser: by mouse, by keyboard alone, in rows and in text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.building import Building, build
from tests.console.people import make, visit
from tests.server import Server

RISING = "AND (score_momentum > 50, score_frequency < 25)"


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let six people come by, two of them known; one calls his size by a word."""
    for number in range(6):
        visit(server, f"builder-device-{number}", context={"topics": {"cycling": 1}})
    for number, size in enumerate((46, "large")):
        traits = {"email": f"reader{number}@example.com", "plan": "gold", "favourite.colour": "green", "size": size}
        visit(server, f"builder-device-{number}", type="identify", traits=traits)


@pytest.fixture
def building(server: Server, console: Page) -> Building:
    """Give an empty builder."""
    return build(server, console)


def test_an_audience_is_built_by_mouse(building: Building) -> None:
    expect(building.page.get_by_test_id("nothing")).to_contain_text("Choose Custom rule")
    building.add_rule("momen", "Score: momentum")
    building.part("value").fill("50")
    building.add_rule("freq", "Score: frequency")
    building.part("operator", 1).select_option(label="is less than")
    building.part("value", 1).fill("25")

    building.expect_text(RISING)
    building.expect_size(6)
    expect(building.page.get_by_test_id("share")).to_have_text("100 % of 6 profiles")
    sentence = "People whose momentum score is more than 50 and whose frequency score is less than 25."
    expect(building.page.get_by_test_id("sentence")).to_have_text(sentence)
    building.page.get_by_test_id("name").fill("Rising Stars")
    expect(building.page.get_by_test_id("slug")).to_have_value("rising_stars")
    building.page.get_by_test_id("description").fill("For the offer")
    building.page.get_by_test_id("tags").fill("spring, offer, spring")
    building.page.get_by_test_id("personalizable").check()
    building.save()

    assert building.page.url.endswith("/console/audiences/rising_stars")
    assert building.saved("rising_stars") == {
        "name": "Rising Stars",
        "description": "For the offer",
        "tags": ["spring", "offer"],
        "personalizable": True,
        "definition": RISING,
    }


def test_an_audience_is_built_by_keyboard_alone(building: Building) -> None:
    keyboard = building.page.keyboard
    building.page.get_by_test_id("add-rule").focus()
    keyboard.press("Enter")
    expect(building.part("attribute")).to_be_focused()
    keyboard.type("momen")
    expect(building.part("attribute")).to_have_attribute("aria-activedescendant", re.compile("choices-"))
    keyboard.press("Enter")
    expect(building.part("operator")).to_be_focused()
    keyboard.press("Tab")
    keyboard.type("50")
    keyboard.press("Enter")
    building.expect_text("score_momentum > 50")
    for _ in range(3):
        keyboard.press("Tab")
    expect(building.page.get_by_test_id("add-rule")).to_be_focused()
    keyboard.press("Enter")
    expect(building.part("attribute", 1)).to_be_focused()
    keyboard.type("score")
    expect(building.part("attribute-option", 1)).to_have_count(9)
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(building.part("operator", 1)).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    keyboard.type("25")

    building.expect_text(RISING)
    building.expect_size(6)
    building.page.get_by_test_id("name").focus()
    keyboard.type("By keyboard")
    keyboard.press("Enter")
    building.page.wait_for_url("**/console/audiences/by_keyboard")
    assert building.saved("by_keyboard")["definition"] == RISING


def test_the_search_tells_what_is_known_of_an_attribute(building: Building) -> None:
    building.page.get_by_test_id("add-rule").click()
    search = building.part("attribute")
    options = building.part("attribute-option")

    search.press_sequentially("size")
    expect(options).to_contain_text(["Size Text, also seen as number size · 2 have it"])
    search.fill("score_frequency")
    expect(options).to_contain_text(
        ["Number On how many days they come, from 0 to 100 (every day). score_frequency · built in"]
    )
    search.fill("unheard of")
    expect(building.part("no-attribute")).to_contain_text("No attribute is called “unheard of”")
    expect(building.page.locator("#found")).to_contain_text("No attribute is called")


def test_escape_leaves_the_search_as_it_was(building: Building) -> None:
    building.write("score_momentum > 50")
    search = building.part("attribute")
    search.click()
    search.fill("freq")
    expect(building.part("attribute-option")).to_have_count(1)

    search.press("Escape")

    expect(search).to_have_value("Score: momentum")
    expect(search).to_have_attribute("aria-expanded", "false")
    building.expect_text("score_momentum > 50")


EVERY_KIND = """OR (
  plan = "gold",
  email NOT LIKE "*@example.com",
  plan IN ("gold", "silver"),
  visit_count BETWEEN 2 AND 4.5,
  score_momentum > 50,
  NOT score_momentum > 50,
  known = true,
  last_visit_at > "now-30d",
  last_visit_at BETWEEN "now-2w" AND "now-1d",
  last_visit_at < "2026-01-31",
  last_visit_at >= "2026-01-31T12:00:00Z",
  channels INTERSECTS ("email", "paid"),
  affinity.cycling > 0.5,
  EXISTS affinity,
  favourite.colour = "green",
  NOT INCLUDE known_users,
  *
)"""


def test_every_kind_of_rule_goes_from_text_to_rows_and_back(building: Building) -> None:
    building.write(EVERY_KIND)
    expect(building.rules).to_have_count(17)

    building.part("value", 0).fill("silver")

    building.expect_text(EVERY_KIND.replace('"gold"', '"silver"', 1))


def test_nested_groups_survive_an_edit_of_a_row(building: Building) -> None:
    nested = "AND (EXISTS email, OR ({}, NOT AND (*, NOT OR (EXISTS plan, AND (known = false)))))"
    building.write(nested.format("visit_count > 7"))
    expect(building.page.get_by_test_id("group")).to_have_count(3)
    expect(building.page.get_by_test_id("written")).to_have_value("NOT OR (EXISTS plan, AND (known = false))")

    building.part("value", 1).fill("8")

    building.expect_text(nested.format("visit_count > 8"))


def test_groups_are_added_joined_copied_and_removed(building: Building) -> None:
    building.write("visit_count > 1")
    building.page.get_by_test_id("add-group").click()
    expect(building.part("attribute", 1)).to_be_focused()
    building.page.keyboard.type("plan")
    building.page.keyboard.press("Enter")
    building.part("value", 1).fill("gold")
    building.page.get_by_test_id("join").nth(1).select_option(label="None of these")
    building.expect_text('AND (visit_count > 1, NOT OR (plan = "gold"))')

    building.page.get_by_role("button", name="Duplicate this group").click()
    building.part("value", 2).fill("silver")
    building.expect_text('AND (visit_count > 1, NOT OR (plan = "gold"), NOT OR (plan = "silver"))')

    building.page.get_by_role("button", name="Remove this group").first.click()
    building.part("remove", 0).click()
    building.expect_text('NOT OR (plan = "silver")')


def test_a_copied_row_lives_a_life_of_its_own(building: Building) -> None:
    building.write("score_momentum > 50")

    building.part("duplicate").click()
    building.part("attribute", 1).fill("number of visits")
    building.part("attribute-option", 1).click()

    building.expect_text("AND (score_momentum > 50, visit_count > 50)")


def test_lists_take_values_by_enter_and_offer_those_seen(building: Building) -> None:
    building.add_rule("plan", "Plan")
    building.part("operator").select_option(label="is one of")
    entry = building.rules.locator(".entry")
    entry.focus()
    offered = building.rules.locator("datalist option")
    expect(offered).to_have_attribute("value", "gold")
    expect(offered).to_have_text("2 people")

    for value in ("gold", "silver", "gold"):
        entry.fill(value)
        entry.press("Enter")
    building.expect_text('plan IN ("gold", "silver")')
    building.page.get_by_role("button", name="Remove gold").click()
    building.expect_text('plan IN ("silver")')
    expect(entry).to_be_focused()


def test_topics_and_times_have_words_of_their_own(building: Building) -> None:
    building.add_rule("topic", "Topic affinity")
    building.part("operator").select_option(label="for a topic, at least")
    building.part("key").fill("cycling")
    building.part("value").fill("0.1")
    building.add_rule("last visit", "Last visit")
    building.part("operator", 1).select_option(label="was more than … ago")
    building.part("value", 1).fill("3")
    building.part("unit", 1).select_option(label="weeks")

    building.expect_text('AND (affinity.cycling >= 0.1, last_visit_at < "now-3w")')


def test_another_audience_can_be_a_rule(building: Building) -> None:
    building.page.get_by_test_id("add-audience").click()
    building.part("membership").select_option(label="Is not in audience")
    building.part("include").select_option(label="Known users")

    building.expect_text("NOT INCLUDE known_users")
    building.expect_size(4)


def test_a_written_rule_stands_beside_the_others(building: Building) -> None:
    building.write("EXISTS email")
    building.page.get_by_test_id("add-written").click()
    expect(building.page.get_by_test_id("written")).to_be_focused()
    building.page.keyboard.type("visit_count IN (1, 2)")

    building.expect_text("AND (EXISTS email, visit_count IN (1, 2))")
    building.expect_size(2)


def test_what_is_missing_is_told_and_found(building: Building) -> None:
    building.add_rule("momen", "Score: momentum")
    building.page.get_by_test_id("add-audience").click()
    missing = building.page.get_by_test_id("missing").get_by_role("listitem")
    expect(missing).to_have_text(["Score: momentum needs a number.", "Rule 2 needs an audience."])
    building.expect_text("AND (score_momentum > …, …)")

    missing.first.get_by_role("button").click()

    expect(building.part("value")).to_be_focused()
    expect(building.page.locator("#said")).to_have_text("Not finished: Score: momentum needs a number.")


def test_the_sample_leads_to_profiles(building: Building) -> None:
    building.write("EXISTS email")
    sample = building.page.get_by_test_id("sample").get_by_role("link")

    expect(sample).to_have_text([re.compile(r"reader\d@example.com")] * 2)
    expect(sample.first).to_have_attribute("href", re.compile(r"^/console/profiles/\d+$"))


def test_a_starter_audience_is_edited(server: Server, console: Page) -> None:
    building = build(server, console, "high_momentum_low_frequency")
    building.expect_text(RISING)
    expect(building.page.locator("code[data-testid=slug]")).to_have_text("high_momentum_low_frequency")

    building.part("value").fill("60")
    building.page.get_by_test_id("description").fill("Changed")
    building.save()

    saved = building.saved("high_momentum_low_frequency")
    assert saved["definition"] == RISING.replace("50", "60")
    assert (saved["description"], saved["tags"], saved["personalizable"]) == ("Changed", ["starter"], True)


@pytest.mark.parametrize("slug", ["all", "at_risk", "visited_within_month", "mobile", "anonymous_users"])
def test_saving_a_starter_unchanged_changes_nothing(server: Server, console: Page, slug: str) -> None:
    building = build(server, console, slug)
    before = building.saved(slug)

    building.save()

    assert building.saved(slug) == before


def test_an_audience_keeps_a_rule_that_rows_cannot_show(server: Server, console: Page) -> None:
    make(server, "Many values", f"visit_count IN ({', '.join(map(str, range(1, 120)))}) OR EXISTS email")
    building = build(server, console, "many_values")
    before = building.saved("many_values")["definition"]

    building.part("operator", 1).select_option(label="has no value")
    building.save()

    assert building.saved("many_values")["definition"] == before.replace("EXISTS email", "NOT EXISTS email")
