"""Mistakes in the text: told with advice that can be clicked, and never at the price of what was typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.building import Building, build
from tests.server import Server


@pytest.fixture
def building(server: Server, console: Page) -> Building:
    """Give a builder that holds a finished rule."""
    building = build(server, console)
    building.write("visit_count > 1")
    expect(building.rules).to_have_count(1)
    return building


def test_a_mistake_is_told_with_its_place_and_mended_by_a_click(building: Building) -> None:
    building.write("visit_count > 1 AND score_momentom > 50")
    problem = building.page.get_by_test_id("problem")
    expect(problem).to_contain_text("There is no field score_momentom.")
    expect(problem).to_contain_text("Line 1, column 21")
    expect(problem.locator("pre")).to_have_text("visit_count > 1 AND score_momentom > 50\n" + " " * 20 + "^" * 14)
    expect(building.text).to_have_attribute("aria-invalid", "true")

    problem.get_by_role("button", name="Write score_momentum").click()

    building.expect_text("visit_count > 1 AND score_momentum > 50")
    expect(building.rules).to_have_count(2)
    expect(building.text).to_have_attribute("aria-invalid", "false")
    expect(problem).to_have_count(0)


def test_mistakes_are_mended_one_after_the_other(building: Building) -> None:
    building.write('pln = "gold" OR visit_count 50 OR score_momentom > 1')
    for _ in range(3):
        with building.page.expect_response("**/console/builder/preview"):
            building.page.get_by_test_id("suggestion").first.click()
        expect(building.page.locator("#preview.htmx-request")).to_have_count(0)
        if building.page.get_by_test_id("suggestion").count() == 0:
            break

    assert building.text.input_value() == 'pln = "gold" OR visit_count = 50 OR score_momentum > 1'


def test_rows_wait_while_the_text_cannot_be_read(building: Building) -> None:
    typed = "visit_count > 1 AND"
    building.write(typed)
    rows = building.page.locator("#rows")
    expect(rows).to_have_js_property("inert", True)
    building.expect_text(typed)

    building.page.get_by_test_id("back-to-rows").click()

    building.expect_text("visit_count > 1")
    expect(rows).to_have_js_property("inert", False)
    expect(building.page.get_by_test_id("problem")).to_have_count(0)


def test_what_is_typed_stays_as_it_was_typed(building: Building) -> None:
    typed = "filter and (\n  visit_count > 2   # often\n  , email is missing"
    building.write(typed)
    building.expect_text(typed)

    mended = "filter and (\n  visit_count > 2   # often\n  , exists email)"
    building.write(mended)

    building.expect_text(mended)
    expect(building.rules).to_have_count(2)


def test_a_mistake_in_a_written_rule_is_told_under_the_text(building: Building) -> None:
    building.page.get_by_test_id("add-written").click()
    building.page.get_by_test_id("written").fill("score_momentum >")

    expect(building.page.get_by_test_id("problem")).to_contain_text("A value is missing after >.")
    building.expect_text("AND (visit_count > 1, score_momentum >)")
    expect(building.page.locator("#rows")).to_have_js_property("inert", False)


def test_a_mistake_made_in_rows_is_told_beside_them(building: Building) -> None:
    building.part("operator").select_option(label="is between")
    building.part("value").first.fill("5")
    building.part("value").last.fill("2")

    wrong = building.page.get_by_test_id("wrong")
    expect(wrong).to_have_text(re.compile("Number of visits: The lower bound comes first"))
    wrong.get_by_role("button", name="Number of visits").click()
    expect(building.part("attribute")).to_be_focused()


def test_a_rule_about_events_that_no_row_can_show_stands_as_a_written_one(building: Building) -> None:
    nested = 'DID "page" AT LEAST 3 TIMES WHERE AND (path = "/a", OR (title = "b", title = "c"))'
    building.write(f"visit_count > 1 AND {nested}")

    expect(building.page.get_by_test_id("written")).to_have_value(nested)
    building.expect_text(f"visit_count > 1 AND {nested}")


def test_an_emptied_text_empties_the_rows(building: Building) -> None:
    building.write("")

    expect(building.rules).to_have_count(0)
    expect(building.page.get_by_test_id("nothing")).to_be_visible()
