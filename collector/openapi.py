"""What the collector serves, as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"enum": ["page", "track", "identify", "screen", "group", "alias"]},
        "event": {"type": "string", "description": "Name of a track call."},
        "messageId": {"type": "string", "maxLength": 100},
        "anonymousId": {"type": ["string", "null"]},
        "userId": {"type": ["string", "integer", "null"]},
        "timestamp": {"type": "string", "description": "ISO 8601."},
        "properties": {"type": ["object", "null"]},
        "traits": {"type": ["object", "null"]},
        "context": {"type": ["object", "null"]},
        "writeKey": {"type": "string"},
        "visitorSecret": {"type": "string"},
    },
}
_COMPLAINT: dict[str, Any] = {
    "type": "object",
    "required": ["index", "code", "path", "message"],
    "properties": {
        "index": {"type": "integer"},
        "code": {"type": "string"},
        "path": {"type": "string"},
        "message": {"type": "string"},
    },
}
_VISITOR: dict[str, Any] = {
    "type": "object",
    "required": ["known", "audiences"],
    "properties": {"known": {"type": "boolean"}, "audiences": {"type": "array", "items": {"type": "string"}}},
}
_TAKEN: dict[str, Any] = {
    "type": "object",
    "required": ["success", "accepted", "duplicate", "rejected", "warnings", "visitor"],
    "properties": {
        "success": {"const": True},
        "accepted": {"type": "integer"},
        "duplicate": {"type": "integer"},
        "rejected": {"type": "array", "items": _COMPLAINT},
        "warnings": {"type": "array", "items": _COMPLAINT},
        "visitor": {"anyOf": [_VISITOR, {"type": "null"}]},
    },
}
_FAILED: dict[str, Any] = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}},
    },
}
_FAILURES = {
    "400": "Malformed.",
    "401": "No key, or an unknown one.",
    "403": "A secret key in a browser.",
    "413": "Too large.",
    "429": "Too much at once; see Retry-After.",
    "503": "The disk refused; see Retry-After.",
}


def openapi() -> dict[str, Any]:
    """Describe the collector."""
    calls = ("page", "track", "identify", "alias", "group", "screen")
    batch = {"type": "object", "required": ["batch"], "properties": {"batch": {"type": "array", "items": _EVENT}}}
    paths = {f"/v1/{call}": _post(f"Take one {call} call.", _EVENT) for call in calls}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rollcall collector", "version": "1"},
        "paths": {"/v1/batch": _post("Take many events at once.", batch), **paths, **_gets()},
        "components": {
            "securitySchemes": {
                "writeKey": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            }
        },
    }


def _post(summary: str, body: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": _answer("Understood; what was accepted is on disk.", _TAKEN)}
    answers |= {status: _answer(told, _FAILED) for status, told in _FAILURES.items()}
    return {
        "post": {
            "summary": summary,
            "security": [{"writeKey": []}, {"bearer": []}, {}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": answers,
        }
    }


def _gets() -> dict[str, Any]:
    me = _answer("The visitor who asks with `Authorization: Visitor <secret>`; empty for one never seen.", _VISITOR)
    health = {"200": {"description": "Yes."}}
    return {
        "/v1/me": {"get": {"summary": "Audiences of the visitor who asks.", "responses": {"200": me}}},
        "/healthz": {"get": {"summary": "Is the process alive?", "responses": health}},
        "/readyz": {
            "get": {"summary": "Does the storage answer?", "responses": {**health, "503": {"description": "No."}}}
        },
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
