"""Building rules about what people did, in a real browser: by mouse, by keyboard, in rows and in text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.building import Building, build
from tests.console.people import make, visit
from tests.server import Server

BUYERS = 'DID "Order Completed" AT LEAST 2 TIMES IN LAST "4w" WHERE AND (total > 20, coupon = "SPRING")'


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let four people look around and three of them order: once, twice, three times."""
    for number in range(4):
        device = f"events-device-{number}"
        visit(server, device, context={"page": {"path": "/bikes"}})
        for time in range(number):
            order = {"total": 30.0, "coupon": "SPRING", "gift": time == 1}
            visit(server, device, type="track", event="Order Completed", properties=order)


@pytest.fixture
def building(server: Server, console: Page) -> Building:
    """Give an empty builder."""
    return build(server, console)


def test_a_rule_about_an_event_is_built_by_mouse(building: Building) -> None:
    building.add_event("order", "Order Completed")
    building.expect_text('DID "Order Completed"')
    building.expect_size(3)
    building.part("times").fill("2")
    building.part("when").select_option(label="in the last")
    building.part("value").fill("4")
    building.part("unit").select_option(label="weeks")
    building.expect_size(2)

    building.add_condition("tot", "Total")
    building.condition("value").fill("20")
    building.add_condition("coup", "Coupon")
    building.condition("value", 1).fill("SPRING")

    building.expect_text(BUYERS)
    building.expect_size(2)
    building.part("where").select_option(label="where any of these holds")
    building.expect_text(BUYERS.replace("AND (", "OR ("))
    building.part("did").select_option(label="Did not")
    building.expect_size(2)
    building.page.get_by_test_id("name").fill("Seldom buyers")
    building.save()
    saved = building.saved("seldom_buyers")["definition"]
    assert saved == BUYERS.replace("AND (", "OR (").replace("DID", "DID NOT")


def test_a_rule_about_an_event_is_built_by_keyboard_alone(building: Building) -> None:
    keyboard = building.page.keyboard
    building.page.get_by_test_id("add-event").focus()
    keyboard.press("Enter")
    expect(building.part("event")).to_be_focused()
    keyboard.type("compl")
    expect(building.part("event")).to_have_attribute("aria-activedescendant", "choices-1-0")
    keyboard.press("Enter")
    expect(building.part("bound")).to_be_focused()
    keyboard.type("ex")
    keyboard.press("Tab")
    keyboard.type("3")
    for _ in range(2):
        keyboard.press("Tab")
    expect(building.part("add-condition")).to_be_focused()
    keyboard.press("Enter")
    expect(building.condition("property")).to_be_focused()
    keyboard.type("day of")
    expect(building.condition("property-option")).to_have_count(2)
    keyboard.press("Enter")
    expect(building.condition("operator")).to_be_focused()
    keyboard.press("Tab")
    keyboard.type("monday")

    building.expect_text('DID "Order Completed" EXACTLY 3 TIMES WHERE local_weekday = "monday"')


def test_the_search_tells_what_is_known_of_events_and_their_properties(building: Building) -> None:
    building.page.get_by_test_id("add-event").click()
    building.part("event").press_sequentially("page")
    expect(building.part("event-option")).to_have_text(["Page view page · seen 4 times"])
    building.part("event").fill("order")
    expect(building.part("event-option")).to_have_text(
        ["Order Completed seen 6 times", "order never seen yet"], use_inner_text=False
    )
    building.part("event-option").first.click()
    building.part("add-condition").click()
    building.condition("property").fill("o")

    told = building.condition("property-option")
    expect(told.filter(has_text="Coupon")).to_have_text("Coupon Text coupon · seen 6 times")
    hour = "Hour of day Number 0 to 23, in the account's time zone. local_hour · known of every event"
    expect(told.filter(has_text="Hour of day")).to_have_text(hour)
    expect(told.last).to_have_text("o never seen with this event")


def test_an_event_that_is_still_to_come_may_be_asked_about(building: Building) -> None:
    building.add_event("Order Compleated", "Order Compleated")
    expect(building.part("unseen")).to_contain_text('No event "Order Compleated" has been seen yet.')
    expect(building.part("unseen")).to_contain_text("Did you mean Order Completed?")
    building.expect_size(0)

    building.add_condition("weight", "weight")
    building.condition("operator").select_option(label="is more than")
    building.condition("value").fill("5")
    building.expect_text('DID "Order Compleated" WHERE weight > 5')

    building.part("event").click()
    building.part("event").fill("Order Completed")
    building.part("event-option").click()
    expect(building.part("unseen")).to_have_count(0)
    building.expect_text('DID "Order Completed" WHERE weight > 5')


def test_values_of_a_property_are_offered(building: Building) -> None:
    building.write('DID "Order Completed" WHERE coupon = "S"')

    building.condition("value").focus()

    offered = building.rules.locator("datalist option")
    expect(offered).to_have_attribute("value", "SPRING")
    expect(offered).to_have_text("6 events")


def test_conditions_are_copied_and_removed(building: Building) -> None:
    building.write('DID "Order Completed" WHERE total > 20')
    expect(building.part("where")).to_be_hidden()

    building.page.get_by_role("button", name="Duplicate this condition").click()
    building.condition("value", 1).fill("50")
    building.expect_text('DID "Order Completed" WHERE AND (total > 20, total > 50)')
    expect(building.part("where")).to_be_visible()
    building.page.get_by_role("button", name="Remove this condition").first.click()
    building.expect_text('DID "Order Completed" WHERE total > 50')

    building.page.get_by_role("button", name="Duplicate this rule").click()
    building.part("times", 1).fill("3")
    building.expect_text(
        'AND (\n  DID "Order Completed" WHERE total > 50,\n  DID "Order Completed" AT LEAST 3 TIMES WHERE total > 50\n)'
    )


def test_what_is_missing_of_an_event_is_told_and_found(building: Building) -> None:
    building.page.get_by_test_id("add-event").click()
    missing = building.page.get_by_test_id("missing").get_by_role("listitem")
    expect(missing).to_have_text(["Rule 1 needs an event."])
    building.expect_text("DID …")

    building.part("event").press_sequentially("order")
    building.part("event-option").first.click()
    building.part("when").select_option(label="between")
    building.part("add-condition").click()
    expect(missing).to_have_text(["Order Completed needs two dates.", "Rule 2 needs a property."])
    missing.last.get_by_role("button").click()

    expect(building.condition("property")).to_be_focused()


def test_at_most_says_that_it_is_also_about_people_who_never_did_it(building: Building) -> None:
    building.write('DID "Order Completed" AT MOST 3 TIMES')
    expect(building.page.get_by_text("Also people who never did it.")).to_be_visible()
    building.expect_size(4)

    building.part("bound").select_option(label="at least")

    expect(building.page.get_by_text("Also people who never did it.")).to_be_hidden()


@pytest.mark.parametrize(
    ("definition", "edited"),
    [
        ('DID "page" BETWEEN "2026-01-01" AND "2026-02-01T12:00:00Z"', ("value", "2026-01-15")),
        ('DID NOT "page" EXACTLY 4 TIMES IN LAST "90s"', ("value", "60")),
        ('DID "page" IN LAST "2M" WHERE AND (path LIKE "/bikes*", NOT gift = true, EXISTS title)', ("value", "3")),
    ],
)
def test_a_saved_rule_is_shown_and_edited(
    server: Server, console: Page, definition: str, edited: tuple[str, str]
) -> None:
    slug = make(server, f"Event {abs(hash(definition))}", definition)
    building = build(server, console, slug)
    before = building.saved(slug)["definition"]
    expect(building.page.get_by_test_id("written")).to_have_count(0)
    part, value = edited
    held = building.part(part).first.input_value()

    building.part(part).first.fill(value)
    building.save()

    assert building.saved(slug)["definition"] == before.replace(held, value, 1)


def test_conditions_that_rows_cannot_show_stay_as_they_are_written(server: Server, console: Page) -> None:
    nested = 'DID "page" WHERE AND (path = "/a", OR (title = "b", url = "c")) OR EXISTS email'
    slug = make(server, "Nested conditions", nested)
    building = build(server, console, slug)
    before = building.saved(slug)["definition"]
    expect(building.page.get_by_test_id("written")).to_have_count(1)

    building.part("operator", 1).select_option(label="has no value")
    building.save()

    assert building.saved(slug)["definition"] == before.replace("EXISTS email", "NOT EXISTS email")
