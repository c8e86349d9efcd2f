"""What the server answers while someone builds: rows that a form carries whole, counts, words, suggestions."""

from __future__ import annotations

import re
from html import unescape
from typing import cast

import httpx2
import pytest

from console.builder_preview import Look
from console.pages import Pages
from console.rules_form import fitted_group, read_rows
from console.rules_from_tree import rows_of
from engine.language.parser import parse
from engine.ports import Engine, Preview
from tests.console.conftest import SignIn
from tests.console.form_fields import FormFields
from tests.console.people import make, visit
from tests.language.people import Words
from tests.server import Server

MANY = 40
FETCHED = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let people come, a tenth of them of the gold plan."""
    for number in range(MANY):
        visit(
            server, f"one-of-the-crowd-{number}", type="identify", traits={"plan": "silver" if number % 10 else "gold"}
        )
    make(server, "vip", "EXISTS email")


@pytest.fixture
def signed_in(client: httpx2.Client, sign_in: SignIn) -> httpx2.Client:
    """Give a client that is signed in."""
    sign_in()
    return client


def preview(client: httpx2.Client, text: str) -> str:
    """Ask what a text gives."""
    answer = client.post("/console/builder/preview", data={"source": "text", "definition": text}, headers=FETCHED)
    assert answer.status_code == 200
    return answer.text


def words(html: str) -> str:
    """Give what a person reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "score_momentum > 50",
        "NOT score_momentum BETWEEN 0.5 AND 70",
        'email NOT IN ("a ", "<b>&amp;", "it\'s \\"quoted\\"")',
        'last_visit_at > "now-30d" AND first_visit_at BETWEEN "now-3M" AND "now-2w"',
        'first_visit_at < "now+3d" OR last_visit_at >= "2026-01-31T12:00:00Z" OR last_visit_at <= "2026-01-31"',
        "affinity.`gravel & <bikes>` >= 0.5 AND EXISTS affinity",
        'utm_sources INTERSECTS ("news", "letter") AND utm_sources NOT IN ("x")',
        'INCLUDE vip AND NOT INCLUDE known_users AND DID "page" AT LEAST 2 TIMES',
        'DID NOT "<b>&amp; \\"x\\"" AT MOST 99 TIMES IN LAST "1y" OR DID "page" BETWEEN "2026-01-31" AND "2026-02-01"',
        'DID "a" WHERE (n >= 5 AND NOT n BETWEEN 1 AND 2 AND b = true AND day < "2026-01-31" AND NOT EXISTS n.o)',
        'DID "a" WHERE (s INTERSECTS ("x", "y") OR s NOT INTERSECTS ("z") OR local_weekday IN ("monday"))',
        'OR (NOT AND (DID "a" WHERE path LIKE "/b*", DID "b"), DID "c" WHERE (a = "b" AND (c = "d" OR e = "f")))',
        "AND (EXISTS email, NOT OR (*, AND (visit_count IN (1, 2), NOT AND (EXISTS email, OR (EXISTS email)))))",
        'email = "two\nlines" OR email = ""',
    ],
)
def test_the_rows_of_a_page_are_those_of_its_text(signed_in: httpx2.Client, text: str) -> None:
    rows = preview(signed_in, text).partition('hx-target="#rows"')[2]

    assert fitted_group(read_rows(FormFields(rows).pairs), Words()) == rows_of(parse(text), Words())


def test_an_estimate_is_called_one() -> None:
    seen = Pages(cast(Engine, None)).templates.get_template("builder_seen.html")
    found = Preview(size=512_300, total=2_000_000, estimated=True, summary="Everyone.")

    told = words(seen.render(look=Look(preview=found)))

    assert told.startswith("about 512,300 people 26 % of 2,000,000 profiles An estimate:")


@pytest.mark.parametrize(("typed", "values"), [("", ["silver", "gold"]), ("go", ["gold"]), ("x", [])])
def test_values_seen_are_offered_commonest_first(signed_in: httpx2.Client, typed: str, values: list[str]) -> None:
    offered = signed_in.get("/console/builder/values", params={"field": "plan", "value": typed}).text

    assert re.findall(r'value="(\w+)"', offered) == values


def test_an_attribute_is_found_by_any_part_of_its_name(signed_in: httpx2.Client) -> None:
    told = words(signed_in.get("/console/builder/attributes", params={"search": "LAN"}).text)

    assert f"Plan Text plan · {MANY:,} have it" in told
    assert "Languages List Languages that their browsers ask for, such as en-GB. languages · built in" in told


@pytest.mark.parametrize("kind", ["rule", "event", "condition", "audience", "group", "written"])
@pytest.mark.parametrize("query", ["depth=1", "event=page"])
def test_every_kind_of_row_begins_empty_with_the_focus_in_it(signed_in: httpx2.Client, kind: str, query: str) -> None:
    assert "autofocus" in signed_in.get(f"/console/builder/blank/{kind}?{query}").text


def test_a_group_goes_no_deeper_than_rows_are_shown(signed_in: httpx2.Client) -> None:
    assert 'data-testid="add-group"' in signed_in.get("/console/builder/blank/group?depth=1").text
    assert 'data-testid="add-group"' not in signed_in.get("/console/builder/blank/group?depth=2").text


@pytest.mark.parametrize(
    ("operator", "hint"),
    [
        ("number >", "From 0 to 100."),
        ("number NOT >", "From 0 to 100. Also people who have no value here."),
        ("number BETWEEN", "From 0 to 100. Both ends count."),
    ],
)
def test_an_operator_says_what_people_should_know(signed_in: httpx2.Client, operator: str, hint: str) -> None:
    row = {"rule": "score_momentum", "operator": operator}
    html = signed_in.post("/console/builder/row?depth=1", data=row, headers=FETCHED).text

    assert hint == re.findall(r'class="hint">([^<]*)<', html)[0]


@pytest.mark.parametrize(
    ("rule", "operator", "hint"),
    [
        ("local_hour", "number >", "0 to 23, in the account's time zone."),
        ("local_weekday", "text =", "monday to sunday, in the account's time zone. Capital letters count."),
        (
            "path",
            "text NOT =",
            "The address of the page without site and query, such as /pricing. Also events that have no value here.",
        ),
        (
            "not_seen",
            "number NOT >",
            "Never seen with this event: taken as a number. Also events that have no value here.",
        ),
        ("not_seen", "boolean TRUE", "Never seen with this event: taken as true or false."),
    ],
)
def test_a_condition_says_what_people_should_know(
    signed_in: httpx2.Client, rule: str, operator: str, hint: str
) -> None:
    row = {"rule": rule, "operator": operator}
    html = signed_in.post("/console/builder/row?event=page", data=row, headers=FETCHED).text

    assert hint == unescape(re.findall(r'class="hint">([^<]*)<', html)[0])


def test_a_property_never_seen_offers_the_operators_of_every_type(signed_in: httpx2.Client) -> None:
    html = signed_in.post("/console/builder/row?event=page", data={"rule": "not_seen"}, headers=FETCHED).text

    assert re.findall(r'optgroup label="([^"]*)"', html) == ["Text", "Number", "Yes or no", "Time", "List"]
    assert re.findall(r'value="([^"]*)" selected', html) == ["text ="]


def test_days_of_the_week_are_offered_for_any_event(signed_in: httpx2.Client) -> None:
    asked = {"field": "local_weekday", "event": "not yet seen", "value": "s"}

    assert words(signed_in.get("/console/builder/values", params=asked).text) == "0 events 0 events"
