"""Audiences are made, changed, copied, restored and removed; what a caller can fix comes back as `userErrors`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.asking import Asker

FRAGMENTS = """
  fragment Whole on Audience {
    id slug name version description tags personalizable expiresAt definition { text tree }
  }
  fragment Failure on UserError {
    code message path ... on DefinitionError { line column pointer suggestions }
  }
"""
CREATE = f"""{FRAGMENTS} mutation ($input: CreateAudienceInput!) {{
  createAudience(input: $input) {{ clientMutationId audience {{ ...Whole }} userErrors {{ ...Failure }} }} }}"""
UPDATE = f"""{FRAGMENTS} mutation ($id: ID!, $input: UpdateAudienceInput!) {{
  updateAudience(id: $id, input: $input) {{ audience {{ ...Whole }} userErrors {{ ...Failure }} }} }}"""
DUPLICATE = f"""{FRAGMENTS} mutation ($id: ID!, $name: String) {{
  duplicateAudience(id: $id, name: $name) {{ audience {{ ...Whole }} userErrors {{ ...Failure }} }} }}"""
RESTORE = f"""{FRAGMENTS} mutation ($id: ID!, $version: Int!) {{
  restoreAudienceVersion(id: $id, version: $version) {{ audience {{ ...Whole }} userErrors {{ ...Failure }} }} }}"""
DELETE = "mutation ($id: ID!) { deleteAudience(id: $id) { deletedAudienceId userErrors { code path message } } }"


def made(server_key: Asker, name: str, text: str = "EXISTS email", **more: Any) -> Any:
    """Make an audience."""
    payload = server_key.ask(CREATE, input={"name": name, "definition": {"text": text}, **more})["createAudience"]
    assert payload["userErrors"] == []
    return payload["audience"]


def problem(payload: Any) -> tuple[str, list[str]]:
    """Give code and path of the one failure."""
    assert len(payload["userErrors"]) == 1, payload
    return payload["userErrors"][0]["code"], payload["userErrors"][0]["path"]


def test_an_audience_is_made_from_text(server_key: Asker) -> None:
    given = {
        "name": "Made by text",
        "tags": ["a", "b"],
        "personalizable": True,
        "expiresAt": "2030-01-01T01:00:00+01:00",
    }
    payload = server_key.ask(CREATE, input={**given, "definition": {"text": "exists email"}, "clientMutationId": "c1"})

    audience = payload["createAudience"]["audience"]
    assert (audience["slug"], audience["tags"], audience["personalizable"]) == ("made_by_text", ["a", "b"], True)
    assert audience["expiresAt"] == "2030-01-01T00:00:00.000+00:00"
    assert payload["createAudience"]["clientMutationId"] == "c1"


def test_text_and_tree_are_read_back_as_each_other(server_key: Asker) -> None:
    by_text = made(server_key, "First by text", "score_momentum > 50 AND NOT EXISTS email")["definition"]
    definition = {"tree": by_text["tree"]}

    payload = server_key.ask(CREATE, input={"name": "Then by tree", "definition": definition})["createAudience"]

    assert payload["audience"]["definition"]["tree"] == by_text["tree"]


def test_mistakes_in_rules_are_told_with_their_place(server_key: Asker) -> None:
    payload = server_key.ask(CREATE, input={"name": "Wrong", "definition": {"text": "*\nAND EXISTS emial"}})

    assert payload["createAudience"]["audience"] is None
    (mistake,) = payload["createAudience"]["userErrors"]
    assert (mistake["code"], mistake["path"]) == ("INVALID_DEFINITION", ["input", "definition"])
    assert (mistake["line"], mistake["column"], mistake["suggestions"]) == (2, 12, ["email"])


def test_a_slug_is_used_once(server_key: Asker) -> None:
    made(server_key, "Only one", slug="only_one")

    payload = server_key.ask(CREATE, input={"name": "Again", "slug": "only_one", "definition": {"text": "*"}})

    assert problem(payload["createAudience"])[0] == "TAKEN"


def test_a_field_left_out_stays_and_null_empties(server_key: Asker) -> None:
    audience = made(server_key, "To be changed", description="why", tags=["kept"])

    payload = server_key.ask(UPDATE, id=audience["id"], input={"name": "Changed", "description": None})

    changed = payload["updateAudience"]["audience"]
    assert (changed["name"], changed["description"], changed["tags"]) == ("Changed", None, ["kept"])
    assert (changed["slug"], changed["definition"]) == (audience["slug"], audience["definition"])


@pytest.mark.parametrize("field", ["name", "definition", "personalizable", "tags"])
def test_what_an_audience_needs_cannot_be_null(field: str, server_key: Asker) -> None:
    audience = made(server_key, f"Has its {field}")

    payload = server_key.ask(UPDATE, id=audience["id"], input={field: None})

    assert problem(payload["updateAudience"]) == ("INVALID_VALUE", ["input", field])


EDITS: list[dict[str, Any]] = [
    {"definition": {"text": "NOT EXISTS email"}},
    {"name": "Renamed"},
    {"description": "Why"},
    {"tags": ["spring"]},
    {"personalizable": True},
    {"expiresAt": "2030-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("edit", EDITS, ids=[next(iter(edit)) for edit in EDITS])
def test_two_edits_of_the_same_version_do_not_overwrite_each_other(edit: dict[str, Any], server_key: Asker) -> None:
    audience = made(server_key, f"Contested {next(iter(edit))}")
    expected = {"expectedVersion": audience["version"]}
    first = server_key.ask(UPDATE, id=audience["id"], input=edit | expected)["updateAudience"]

    second = server_key.ask(UPDATE, id=audience["id"], input={"name": "Mine", **expected})["updateAudience"]

    assert (first["userErrors"], first["audience"]["version"]) == ([], audience["version"] + 1)
    assert (problem(second)[0], second["audience"]) == ("STALE_VERSION", None)


def test_an_edit_that_changes_nothing_makes_no_version(server_key: Asker) -> None:
    audience = made(server_key, "As it was", tags=["a"])
    same = {"name": "As it was", "definition": {"text": "(exists email)"}, "tags": ["a"]}

    payload = server_key.ask(UPDATE, id=audience["id"], input=same)["updateAudience"]

    assert payload["audience"] == audience


def test_rules_are_restored_from_an_earlier_version(server_key: Asker) -> None:
    audience = made(server_key, "Wavering", "EXISTS email")
    server_key.ask(UPDATE, id=audience["id"], input={"definition": {"text": "NOT EXISTS email"}})

    payload = server_key.ask(RESTORE, id=audience["id"], version=audience["version"])

    restored = payload["restoreAudienceVersion"]["audience"]
    assert restored["definition"] == audience["definition"]
    assert restored["version"] == audience["version"] + 2
    missing = server_key.ask(RESTORE, id=audience["id"], version=99)["restoreAudienceVersion"]
    assert problem(missing) == ("NOT_FOUND", ["version"])


def test_versions_are_listed_newest_first_with_what_each_changed(server_key: Asker) -> None:
    audience = made(server_key, "Versioned", "EXISTS email")
    server_key.ask(UPDATE, id=audience["id"], input={"definition": {"text": "NOT EXISTS email"}})
    server_key.ask(UPDATE, id=audience["id"], input={"name": "Renamed", "tags": ["a"]})
    server_key.ask(RESTORE, id=audience["id"], version=1)
    query = """query ($id: ID!) { node(id: $id) { ... on Audience {
      versions { version author changes definition { text } } } } }"""

    versions = server_key.ask(query, id=audience["id"])["node"]["versions"]

    assert [(one["version"], one["definition"]["text"], one["changes"]) for one in versions] == [
        (
            *(4, "EXISTS email"),
            ["Rules of version 1 restored.", "Changed: E-mail address is known, it was: E-mail address is not known."],
        ),
        (3, "NOT EXISTS email", ["Renamed from “Versioned” to “Renamed”.", "Tags added: a."]),
        (2, "NOT EXISTS email", ["Changed: E-mail address is not known, it was: E-mail address is known."]),
        (1, "EXISTS email", ["Made."]),
    ]


def test_a_copy_has_the_rules_and_a_name_of_its_own(server_key: Asker) -> None:
    audience = made(server_key, "Copied", tags=["t"])

    copies = [server_key.ask(DUPLICATE, id=audience["id"])["duplicateAudience"]["audience"] for _ in range(2)]
    named = server_key.ask(DUPLICATE, id=audience["id"], name="By another name")["duplicateAudience"]["audience"]

    assert [copy["name"] for copy in (*copies, named)] == ["Copied (copy)", "Copied (copy 2)", "By another name"]
    assert all(copy["definition"] == audience["definition"] and copy["tags"] == ["t"] for copy in copies)


def test_an_audience_that_is_used_is_not_removed(server_key: Asker) -> None:
    used = made(server_key, "Used by another")
    user = made(server_key, "Uses another", "INCLUDE used_by_another")
    query = '{ audience(by: {slug: "uses_another"}) { definition { dependsOn { slug usedBy { slug } } } } }'

    refused = server_key.ask(DELETE, id=used["id"])["deleteAudience"]
    related = server_key.ask(query)["audience"]["definition"]["dependsOn"]
    removed = [server_key.ask(DELETE, id=audience["id"])["deleteAudience"] for audience in (user, used)]

    assert problem(refused)[0] == "IN_USE"
    assert "used by uses_another" in refused["userErrors"][0]["message"]
    assert related == [{"slug": "used_by_another", "usedBy": [{"slug": "uses_another"}]}]
    assert [payload["deletedAudienceId"] for payload in removed] == [user["id"], used["id"]]


@pytest.mark.parametrize("id", ["nonsense", "QXVkaWVuY2U6OTk5OTk5", "UHJvZmlsZTox"])
def test_what_is_not_there_cannot_be_changed(id: str, server_key: Asker) -> None:
    payload = server_key.ask(UPDATE, id=id, input={"name": "x"})["updateAudience"]

    assert problem(payload) == ("NOT_FOUND", ["id"])
