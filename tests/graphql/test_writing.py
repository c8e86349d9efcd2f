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
DELETE = "mutation ($id: ID!) { deleteAudience(id: $id) { deletedAudienceId userErrors { code path } } }"


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
    assert (changed["slug"], changed["version"]) == (audience["slug"], audience["version"])


@pytest.mark.parametrize("field", ["name", "definition", "personalizable", "tags"])
def test_what_an_audience_needs_cannot_be_null(field: str, server_key: Asker) -> None:
    audience = made(server_key, f"Has its {field}")

    payload = server_key.ask(UPDATE, id=audience["id"], input={field: None})

    assert problem(payload["updateAudience"]) == ("INVALID_VALUE", ["input", field])


def test_a_change_to_a_version_that_is_gone_is_refused(server_key: Asker) -> None:
    audience = made(server_key, "Contested")
    change = {"definition": {"text": "NOT EXISTS email"}, "expectedVersion": audience["version"]}
    server_key.ask(UPDATE, id=audience["id"], input=change)

    payload = server_key.ask(UPDATE, id=audience["id"], input=change)

    assert problem(payload["updateAudience"])[0] == "STALE_VERSION"


def test_rules_are_restored_from_an_earlier_version(server_key: Asker) -> None:
    audience = made(server_key, "Wavering", "EXISTS email")
    server_key.ask(UPDATE, id=audience["id"], input={"definition": {"text": "NOT EXISTS email"}})

    payload = server_key.ask(RESTORE, id=audience["id"], version=audience["version"])

    restored = payload["restoreAudienceVersion"]["audience"]
    assert restored["definition"] == audience["definition"]
    assert restored["version"] == audience["version"] + 2
    missing = server_key.ask(RESTORE, id=audience["id"], version=99)["restoreAudienceVersion"]
    assert problem(missing) == ("NOT_FOUND", ["version"])


def test_versions_are_listed_newest_first(server_key: Asker) -> None:
    audience = made(server_key, "Versioned", "EXISTS email")
    server_key.ask(UPDATE, id=audience["id"], input={"definition": {"text": "NOT EXISTS email"}})
    query = "query ($id: ID!) { node(id: $id) { ... on Audience { versions { version author definition { text } } } } }"

    versions = server_key.ask(query, id=audience["id"])["node"]["versions"]

    assert versions[-1]["definition"]["text"] == "EXISTS email"
    numbers = [version["version"] for version in versions]
    assert numbers == sorted(numbers, reverse=True)


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
    assert related == [{"slug": "used_by_another", "usedBy": [{"slug": "uses_another"}]}]
    assert [payload["deletedAudienceId"] for payload in removed] == [user["id"], used["id"]]


@pytest.mark.parametrize("id", ["nonsense", "QXVkaWVuY2U6OTk5OTk5", "UHJvZmlsZTox"])
def test_what_is_not_there_cannot_be_changed(id: str, server_key: Asker) -> None:
    payload = server_key.ask(UPDATE, id=id, input={"name": "x"})["updateAudience"]

    assert problem(payload) == ("NOT_FOUND", ["id"])
