"""What the server answers while someone builds: rows that a form carries whole, counts, words, suggestions."""

from __future__ import annotations

import re
from html import unescape
from typing import cast

import httpx2
import pytest

from console.builder_preview import Look
from console.pages import Pages
from console.rules import rows_of
from console.rules_form import fitted_group, read_rows
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
    assert "Languages List languages · built in" in told


@pytest.mark.parametrize("kind", ["rule", "audience", "group", "written"])
def test_every_kind_of_row_begins_empty_with_the_focus_in_it(signed_in: httpx2.Client, kind: str) -> None:
    assert "autofocus" in signed_in.get(f"/console/builder/blank/{kind}?depth=1").text


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
