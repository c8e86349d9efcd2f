"""Failures are told by stable codes; what nobody expected is masked, and found in the log by its request id."""

from __future__ import annotations

import pytest
from graphql import GraphQLError

from engine.errors import InvalidDefinition, NotFound, Problem, RollcallError, Taken
from graphql_api.errors import CODES, told
from graphql_api.user_error import EXPECTED, Failure, UserErrorCode, user_errors


def test_every_failure_with_a_name_has_a_code() -> None:
    of_the_engine = [one for one in RollcallError.__subclasses__() if one.__module__ == "engine.errors"]

    assert CODES.keys() == {failure.code for failure in of_the_engine}


def test_user_errors_have_the_codes_of_the_schema() -> None:
    assert {CODES[failure.code] for failure in EXPECTED} == {code.value for code in UserErrorCode}


def test_an_expected_failure_tells_its_message_and_code() -> None:
    answer = told(GraphQLError("ignored", original_error=NotFound("There is no such thing.")))

    assert (answer["message"], answer["extensions"]) == ("There is no such thing.", {"code": "NOT_FOUND"})


def test_an_unexpected_failure_is_masked_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    answer = told(GraphQLError("boom", original_error=ValueError("the password is hunter2")))

    assert answer["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in str(answer)
    assert answer["extensions"]["requestId"] in caplog.text
    assert "hunter2" in caplog.text


def test_paths_lead_into_the_argument_that_was_at_fault() -> None:
    mistakes = (Problem("a", "First."), Problem("b", "Second.", pointer="/args/0"))

    assert user_errors(Taken("Taken.", ("slug",)), ("input",)) == [Failure("TAKEN", "Taken.", ("input", "slug"))]
    assert [error.path for error in user_errors(InvalidDefinition(mistakes), ("input",))] == [
        ("input", "definition")
    ] * 2
    assert user_errors(NotFound("Gone."), ("input",)) == [Failure("NOT_FOUND", "Gone.", ("id",))]
