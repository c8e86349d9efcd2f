"""Saving: what is in the way is told beside its field, and all that was typed is still there."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.console.building import Building, build
from tests.console.conftest import SignIn
from tests.console.people import make, visit
from tests.server import Server

SAVE = "/console/audiences/new"
HOSTILE = '"><img src=x onerror="document.title=\'broken\'">'


@pytest.fixture
def building(server: Server, console: Page, tolerated: list[str]) -> Building:
    """Give a builder with one rule; refusals may be told by their status."""
    tolerated.append("the server responded with a status of 4")
    building = build(server, console)
    building.add_rule("number of visits", "Number of visits")
    building.part("value").fill("1")
    return building


def refused(building: Building) -> None:
    """Try to save, and wait until that is refused."""
    with building.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status >= 400):
        building.page.get_by_test_id("save").click()
    expect(building.page.get_by_test_id("trouble")).to_be_focused()


def test_a_name_is_asked_for(building: Building) -> None:
    refused(building)

    expect(building.page.get_by_test_id("name-error")).to_have_text("Give it a name.")
    expect(building.page.get_by_test_id("name")).to_have_attribute("aria-invalid", "true")


def test_a_taken_slug_is_told_beside_it_and_everything_is_still_there(building: Building) -> None:
    page = building.page
    page.get_by_test_id("name").fill("Known users")
    page.get_by_test_id("description").fill("Two\nlines")
    page.get_by_test_id("tags").fill("one, two")
    page.get_by_test_id("personalizable").check()
    refused(building)

    expect(page.get_by_test_id("slug-error")).to_contain_text("There is an audience known_users already")
    expect(page.get_by_test_id("description")).to_have_value("Two\nlines")
    expect(page.get_by_test_id("tags")).to_have_value("one, two")
    expect(page.get_by_test_id("personalizable")).to_be_checked()
    page.get_by_test_id("slug").fill("known_to_us")
    building.save()

    assert building.saved("known_to_us")["definition"] == "visit_count > 1"


def test_unfinished_rules_are_not_saved(building: Building) -> None:
    building.page.get_by_test_id("name").fill("Unfinished")
    building.part("value").fill("")
    refused(building)

    expect(building.page.get_by_test_id("trouble")).to_contain_text("The rules cannot be saved yet")
    expect(building.page.get_by_test_id("missing")).to_have_text("Number of visits needs a number.")
    expect(building.part("attribute")).to_have_value("Number of visits")


def test_a_text_with_a_mistake_is_not_saved_and_not_lost(building: Building) -> None:
    building.write("visit_count > 1 AND score_momentom > 50")
    building.page.get_by_test_id("name").fill("Mistaken")
    refused(building)

    building.expect_text("visit_count > 1 AND score_momentom > 50")
    building.page.get_by_test_id("suggestion").first.click()
    building.expect_text("visit_count > 1 AND score_momentum > 50")
    building.save()

    assert building.saved("mistaken")["definition"] == "AND (visit_count > 1, score_momentum > 50)"


def test_what_was_typed_last_is_saved_however_quickly(building: Building) -> None:
    building.page.get_by_test_id("name").fill("Quick")
    building.part("value").fill("17")
    building.save()

    assert building.saved("quick")["definition"] == "visit_count > 17"


def test_who_was_signed_out_loses_nothing(server: Server, building: Building) -> None:
    building.page.get_by_test_id("name").fill("Patient")
    cookies = building.page.context.cookies()
    building.page.context.clear_cookies()
    building.page.get_by_test_id("save").click()
    expect(building.page.get_by_role("alert")).to_contain_text("You have been signed out")

    building.page.context.add_cookies(cast(Any, cookies))
    building.save()

    assert building.saved("patient")["definition"] == "visit_count > 1"


def test_someone_elses_change_is_shown_before_it_is_overwritten(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("the server responded with a status of 409")
    make(server, "Contested", "visit_count > 1")
    mine = build(server, console, "contested")
    theirs = build(server, console.context.new_page(), "contested")
    theirs.part("value").fill("2")
    theirs.save()
    mine.part("value").fill("3")
    refused(mine)

    expect(console.get_by_test_id("trouble")).to_contain_text("Someone else changed this audience")
    expect(console.get_by_test_id("theirs")).to_have_text("visit_count > 2")
    expect(mine.part("value")).to_have_value("3")
    console.get_by_test_id("save-over").click()
    console.wait_for_url("**/console/audiences/contested")
    assert mine.saved("contested")["definition"] == "visit_count > 3"


def test_an_audience_cannot_include_itself(server: Server, console: Page, tolerated: list[str]) -> None:
    tolerated.append("the server responded with a status of 422")
    make(server, "Circle", "visit_count > 1")
    building = build(server, console, "circle")
    building.write("INCLUDE circle OR visit_count > 1")
    refused(building)

    expect(building.page.get_by_test_id("problem")).to_contain_text("in a circle: circle → circle")


def test_leaving_with_unsaved_changes_is_asked_about(building: Building) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    building.page.on("dialog", answer)

    building.page.get_by_role("link", name="Cancel").click()
    building.page.wait_for_url("**/console/audiences")

    assert asked == ["beforeunload"]


def test_names_and_values_of_strangers_stay_text(server: Server, console: Page) -> None:
    visit(server, "hostile-device-one", type="identify", traits={"email": "h@example.com", HOSTILE: HOSTILE})
    building = build(server, console)
    building.page.get_by_test_id("name").fill(f"Odd {HOSTILE}")
    building.page.get_by_test_id("description").fill(f"</textarea>{HOSTILE}")
    building.page.get_by_test_id("add-rule").click()
    building.part("attribute").fill("onerror")
    building.part("attribute-option").filter(has_text="onerror").click()
    building.part("operator").select_option(label="is one of")
    for value in (HOSTILE, "</script><script>document.title='broken'</script>"):
        building.part("value").fill(value)
        building.part("value").press("Enter")
    building.expect_size(1)
    building.page.get_by_test_id("slug").fill("odd")
    building.save()
    again = build(server, console, "odd")

    expect(again.part("attribute")).to_have_value(re.compile("<img src=x onerror="))
    expect(again.rules.get_by_role("listitem")).to_have_text(
        [HOSTILE + "×", "</script><script>document.title='broken'</script>×"]
    )
    expect(again.page.locator("main img, main script")).to_have_count(0)
    assert again.page.title() != "broken"


Form = list[tuple[str, str]]


def post(client: httpx2.Client, form: Form, **headers: str) -> httpx2.Response:
    """Post a form as a page of this site does."""
    body = urlencode(form)
    given = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"} | headers
    return client.post(SAVE, content=body, headers=given)


RULES = [("group", "all"), ("rule", "visit_count"), ("operator", "number >"), ("value", "3"), ("end", "group")]


def test_a_browser_without_scripts_saves_what_the_text_says(client: httpx2.Client, sign_in: SignIn) -> None:
    sign_in()
    form = [*RULES, ("source", "text"), ("definition", "visit_count >\r\n 5"), ("name", "Plain"), ("slug", "")]

    answer = post(client, form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/audiences/plain")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ([("rule", "visit_count"), ("operator", "odd"), ("source", "rows"), ("name", "Odd operator")], 422),
        ([("group", "all")] * 100 + [("source", "rows"), ("name", "Too deep")], 422),
        ([("definition", "*"), ("name", "x" * 201), ("slug", "long")], 422),
        ([("definition", "*"), ("name", "Odd slug"), ("slug", "Odd slug")], 422),
        ([("definition", "*"), ("name", "日本")], 422),
        ([("version", "1" * 5000), ("name", "Empty")], 422),
    ],
)
def test_odd_forms_are_refused_with_what_is_wrong(
    client: httpx2.Client, sign_in: SignIn, form: Form, status: int
) -> None:
    sign_in()
    assert post(client, form).status_code == status


def test_another_site_cannot_save(client: httpx2.Client, sign_in: SignIn) -> None:
    sign_in()
    form = [("definition", "*"), ("name", "Foreign")]
    assert post(client, form, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_who_is_not_signed_in_sees_nothing(client: httpx2.Client) -> None:
    for path in (
        SAVE,
        "/console/audiences/all/edit",
        "/console/builder/attributes",
        "/console/builder/values?field=email",
    ):
        assert client.get(path).status_code == 303


@pytest.mark.parametrize(
    "path", ["/console/audiences/not_there/edit", "/console/builder/blank/odd", "/console/builder/values"]
)
def test_what_is_not_there_is_not_found(client: httpx2.Client, sign_in: SignIn, path: str) -> None:
    sign_in()
    assert client.get(path).status_code == 404
