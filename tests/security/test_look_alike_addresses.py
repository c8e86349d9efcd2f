"""The attack: an address that looks like the victim's, or that a careless comparison takes for it."""

from __future__ import annotations

import pytest

from tests.collector.wire import browser, event, new
from tests.security.people import by_server, claims, own_view, victim, whole
from tests.server import Server

MISKA = "miska@flasks.example"
OTHERS = {
    "Cyrillic a in the local part": "miskа@flasks.example",
    "dotless i in the local part": "mıska@flasks.example",
    "dotted capital I in the local part": "mİska@flasks.example",
    "full-width local part": "ｍｉｓｋａ@flasks.example",
    "full-width at sign": "miska＠flasks.example",
    "long s in the local part": "miſka@flasks.example",
    "Kelvin sign in the local part": "mis\u212aa@flasks.example",
    "zero-width space in the local part": "mis\u200bka@flasks.example",
    "zero-width joiner at the end": "miska\u200d@flasks.example",
    "byte order mark before": "\ufeffmiska@flasks.example",
    "soft hyphen in the local part": "mis\u00adka@flasks.example",
    "right-to-left override": "\u202emiska@flasks.example",
    "combining mark": "miska\u0301@flasks.example",
    "quoted local part": '"miska"@flasks.example',
    "comment in the local part": "miska(me)@flasks.example",
    "comment in the domain": "miska@(here)flasks.example",
    "spaces around the at sign": "miska @ flasks.example",
    "name and angle brackets": "Miska <miska@flasks.example>",
    "two addresses": "miska@flasks.example,bo@flasks.example",
    "new line and a header": "miska@flasks.example\nBcc: all@flasks.example",
    "route": "@relay.example:miska@flasks.example",
    "percent hack": "miska%flasks.example@relay.example",
    "bang path": "relay!miska@flasks.example",
    "escaped character": "mis\\ka@flasks.example",
    "mailto": "mailto:miska@flasks.example",
    "trailing dot of the domain": "miska@flasks.example.",
    "trailing dot of the local part": "miska.@flasks.example",
    "two dots": "mis..ka@flasks.example",
    "plus": "miska+shop@flasks.example",
    "dot": "mis.ka@flasks.example",
    "other domain": "miska@flasks.test.example",
    "other ending": "miska@flasks.example.com",
    "Cyrillic a in the domain": "miska@flаsks.example",
    "all Cyrillic where it can be": "miska@flаѕкѕ.example",
    "full-width domain": "miska@ｆｌａｓｋｓ.example",
    "full-width dot": "miska@flasks．example",
    "ideographic full stop": "miska@flasks。example",
    "zero-width space in the domain": "miska@flas\u200bks.example",
    "zero-width joiner in the domain": "miska@flas\u200dks.example",
    "soft hyphen in the domain": "miska@flas\u00adks.example",
    "word joiner in the domain": "miska@flas\u2060ks.example",
    "circled letters in the domain": "miska@ⓕⓛⓐⓢⓚⓢ.example",
    "mathematical letters in the domain": "miska@𝐟𝐥𝐚𝐬𝐤𝐬.example",
    "ligature in the domain": "miska@ﬂasks.example",
    "long s in the domain": "miska@flaſks.example",
    "Kelvin sign in the domain": "miska@flas\u212as.example",
    "superscript in the domain": "miska@flaˢks.example",
    "null byte in the address": "miska\0@flasks.example",
    "null byte and more": "miska@flasks.example\0.attacker.example",
}
SAME = [MISKA, "MISKA@FLASKS.EXAMPLE", " Miska@Flasks.example ", "miska@flasks.example\n", "\tmiska@flasks.example"]


@pytest.fixture(scope="module")
def miska(server: Server) -> str:
    """Give the id of the one whose address is imitated."""
    answer = by_server(server, event("identify", anonymousId=None, traits={"email": MISKA, "plan": "gold"}))
    assert answer.json["accepted"] == 1
    return str(whole(server, email=MISKA)["id"])


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_what_looks_like_an_address_is_not_that_address(server: Server, miska: str, other: str) -> None:
    who = browser()

    claims(server, who, other)

    assert own_view(server, who)["email"] != MISKA
    assert whole(server, anonymousId=who.id)["id"] != miska
    assert (whole(server, email=other) or {"id": None})["id"] != miska


@pytest.mark.parametrize("same", SAME)
def test_case_and_space_around_it_make_no_other_address(server: Server, miska: str, same: str) -> None:
    who = browser()

    claims(server, who, same)

    assert whole(server, anonymousId=who.id)["id"] == miska


@pytest.mark.parametrize(
    ("one", "same"), [("bücher", "xn--bcher-kva"), ("BÜCHER", "bücher"), ("bu\u0308cher", "bücher")]
)
def test_a_domain_in_its_own_letters_is_one_domain_however_it_is_written(server: Server, one: str, same: str) -> None:
    name, first, second = new("eva"), browser(), browser()

    claims(server, first, f"{name}@{one}.example")
    claims(server, second, f"{name}@{same}.example")

    assert whole(server, anonymousId=first.id)["id"] == whole(server, anonymousId=second.id)["id"]


def test_a_listing_that_is_searched_finds_no_look_alike(server: Server, miska: str) -> None:
    who = victim(server)
    query = "query ($text: String) { profiles(filter: {query: $text}) { nodes { email } } }"

    found = server.graphql(query, text=who.email.replace("@", "＠"))["profiles"]["nodes"]

    assert found == []
