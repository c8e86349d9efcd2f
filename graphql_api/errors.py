"""How failures are told: what is expected under a stable code, the rest masked and logged by request id."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Final

from graphql import GraphQLError

from engine.errors import (
    Forbidden,
    InUse,
    InvalidDefinition,
    InvalidValue,
    NotFound,
    Overloaded,
    RollcallError,
    StaleVersion,
    StorageUnavailable,
    Taken,
    Unauthorized,
)

_LOG: Final = logging.getLogger("rollcall.graphql")

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        InvalidDefinition.code: "INVALID_DEFINITION",
        InvalidValue.code: "INVALID_VALUE",
        NotFound.code: "NOT_FOUND",
        Taken.code: "TAKEN",
        InUse.code: "IN_USE",
        StaleVersion.code: "STALE_VERSION",
        Unauthorized.code: "UNAUTHORIZED",
        Forbidden.code: "FORBIDDEN",
        Overloaded.code: "OVERLOADED",
        StorageUnavailable.code: "STORAGE_UNAVAILABLE",
    }
)
"""RollcallError.code → `extensions.code`; the codes of `userErrors` are among them."""

HTTP_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "OVERLOADED": 429, "STORAGE_UNAVAILABLE": 503}
)
"""`extensions.code` → status of a request that was refused as a whole; any other is 400."""

BAD_REQUEST: Final = "BAD_REQUEST"


def told(error: GraphQLError, code: str = BAD_REQUEST) -> dict[str, Any]:
    """Write an error of an operation for the caller, masking what only the log should tell."""
    match error.original_error:
        case RollcallError() as expected:
            return {**error.formatted, "message": expected.message, "extensions": {"code": CODES[expected.code]}}
        case None | GraphQLError():
            return {**error.formatted, "extensions": {"code": code, **(error.extensions or {})}}
        case unexpected:
            return {**error.formatted, **_masked(unexpected)}


def refused(message: str, code: str = BAD_REQUEST) -> dict[str, Any]:
    """Write the answer to a request that was refused as a whole."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _masked(error: Exception) -> dict[str, Any]:
    request_id = token_hex(8)
    _LOG.error("graphql request %s failed", request_id, exc_info=error)
    message = f"Something went wrong on our side; the log has it under {request_id}."
    return {"message": message, "extensions": {"code": "INTERNAL", "requestId": request_id}}
