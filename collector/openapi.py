"""What the collector serves, as OpenAPI 3.1; a test compares it with the routes, another asks whatever it allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.limits import LARGEST_BODY, MOST_EVENTS
from collector.protocols.segment import LONGEST_MESSAGE_ID, LONGEST_NAME, TYPES
from engine.values import FARTHEST

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_OBJECT: Schema = {"type": "object"}


def _or_told(schema: Schema, otherwise: str) -> Schema:
    """Describe what is meant; anything else is taken too, and told in the answer instead of failing the request."""
    return {"anyOf": [schema, {"description": otherwise}]}


_WHEN: Schema = {
    "type": ["string", "number", "null"],
    "description": "ISO 8601, or milliseconds since 1970; the time of receipt when left out.",
}
_EVENT: Schema = {
    "type": "object",
    "properties": {
        "type": {"enum": list(TYPES), "description": "What a batch needs; /v1/track and the others know it already."},
        "event": {"type": ["string", "null"], "maxLength": LONGEST_NAME, "description": "The name of a track call."},
        "messageId": {"type": ["string", "null"], "maxLength": LONGEST_MESSAGE_ID, "description": "Twice counts once."},
        "anonymousId": {"type": ["string", "null"]},
        "userId": {"type": ["string", "integer", "null"]},
        "timestamp": _WHEN,
        "sentAt": {**_WHEN, "description": "The sender's clock when it sent this; corrects `timestamp`."},
        "properties": {"type": ["object", "null"]},
        "traits": {"type": ["object", "null"]},
        "context": {
            "type": ["object", "null"],
            "properties": {"automated": {"type": "boolean", "description": "Sent by a program that drives a browser."}},
        },
    },
}
_ONE_EVENT = _or_told({"$ref": "#/components/schemas/Event"}, "What is not such an event is refused alone: `rejected`.")
_SECRET: Schema = {"type": "string", "description": "43 characters; only with it `visitor` is filled. Never kept."}
_AROUND: Schema = {
    "writeKey": _or_told({"type": "string"}, "A write key, where no Authorization carries one."),
    "identityToken": {"type": ["string", "null"], "description": "A JWT by which your server proves who this is."},
    "visitorSecret": _or_told(_SECRET, "What is no secret gets a warning."),
}
_CALL: Schema = {"type": "object", "properties": _AROUND, **_ONE_EVENT}
_BATCH: Schema = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": _ONE_EVENT, "maxItems": MOST_EVENTS},
        "sentAt": _or_told(_WHEN, "What cannot be read corrects nothing, with a warning."),
        "context": {"type": ["object", "null"]},
        **_AROUND,
    },
}
_COMPLAINT: Schema = {
    "type": "object",
    "required": ["index", "code", "path", "message"],
    "properties": {"index": {"type": "integer"}, "code": _TEXT, "path": _TEXT, "message": _TEXT},
    "additionalProperties": False,
}
_VISITOR: Schema = {
    "type": "object",
    "required": ["known", "audiences"],
    "properties": {"known": {"type": "boolean"}, "audiences": {"type": "array", "items": _TEXT}},
    "additionalProperties": False,
}
_TAKEN: Schema = {
    "type": "object",
    "required": ["success", "accepted", "duplicate", "rejected", "warnings", "visitor"],
    "properties": {
        "success": {"const": True},
        "accepted": {"type": "integer", "minimum": 0},
        "duplicate": {"type": "integer", "minimum": 0},
        "rejected": {"type": "array", "items": {"$ref": "#/components/schemas/Complaint"}},
        "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/Complaint"}},
        "visitor": {"anyOf": [{"$ref": "#/components/schemas/Visitor"}, {"type": "null"}]},
    },
    "additionalProperties": False,
}
_COOKIE_VISITOR: Schema = {
    "type": "object",
    "required": ["success", "anonymousId", "visitor"],
    "properties": {
        "success": {"const": True},
        "anonymousId": {"type": ["string", "null"]},
        "visitor": {"anyOf": [{"$ref": "#/components/schemas/Visitor"}, {"type": "null"}]},
    },
    "additionalProperties": False,
}
_FAILED: Schema = {
    "type": "object",
    "required": ["success", "code", "message", "error"],
    "properties": {
        "success": {"const": False},
        "code": {"type": "string", "description": "As in `error`, where Segment's clients look for it."},
        "message": _TEXT,
        "error": {
            "type": "object",
            "required": ["code", "message", "path"],
            "properties": {"code": _TEXT, "message": _TEXT, "path": _TEXT},
        },
    },
}
_FAILURES = {
    "400": "Malformed.",
    "401": "No key, an unknown one, or an identity token that is not accepted.",
    "403": "A key that may not do this, or not from here.",
    "408": "The request did not come in time.",
    "413": f"Larger than {LARGEST_BODY // 1024} KB, or more than {MOST_EVENTS} events.",
    "414": "The address is too long.",
    "415": "The body is packed, and not with gzip.",
    "429": "Too much at once; see Retry-After.",
    "431": "Too many header fields, or too large.",
    "503": "The storage fails or the server stops; see Retry-After. Nothing was kept.",
}
_ANYWHERE = ("408", "414", "431")
"""Whatever is asked: the server answers before any endpoint does."""
_SECURITY: list[Schema] = [{"basic": []}, {"bearer": []}, {"writeKey": []}, {}]
_PIXEL = (
    *("writeKey", "event", "name", "email", "anonymousId", "userId", "url", "messageId", "timestamp"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
)


def openapi() -> dict[str, Any]:
    """Describe the collector."""
    calls = {f"/v1/{path}": _post(f"Take one {type} call.", "Call") for type in TYPES for path in (type, type[0])}
    batches = {path: _post("Take many events at once.", "Batch") for path in ("/v1/batch", "/v1/b")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rollcall collector",
            "version": "1",
            "description": "Segment's tracking protocol. A 2xx is sent when what was accepted is on disk.",
        },
        "paths": {**batches, **calls, **_segment(), **_pixel(), **_cookie(), **_visitor(), **_simulation(), **_files()},
        "components": {
            "schemas": {
                "Event": _EVENT,
                "Call": _CALL,
                "Batch": _BATCH,
                "Complaint": _COMPLAINT,
                "Visitor": _VISITOR,
                "CookieVisitor": _COOKIE_VISITOR,
                "Taken": _TAKEN,
                "Failed": _FAILED,
            },
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "A write or secret key as user name."},
                "bearer": {"type": "http", "scheme": "bearer", "description": "A write or secret key."},
                "writeKey": {"type": "apiKey", "in": "header", "name": "X-Write-Key", "description": "A write key."},
            },
        },
    }


def _post(summary: str, body: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body}"}}}
    return {
        "post": {
            "summary": summary,
            "description": "The same as text/plain spares browsers a preflight. The body may be packed with gzip.",
            "security": _SECURITY,
            "requestBody": {"required": True, "content": content},
            "responses": {"200": _json("Understood; what was accepted is on disk.", "Taken"), **_failures(*_FAILURES)},
        }
    }


def _pixel() -> dict[str, Any]:
    picture = {"content": {"image/gif": {"schema": {"type": "string", "format": "binary"}}}}
    answers = {"200": {"description": "Understood.", **picture}}
    answers |= {status: {"description": _FAILURES[status], **picture} for status in ("400", "401", "403", "503")}
    answers |= _failures(*_ANYWHERE)
    answers["429"] = {"description": _FAILURES["429"], "content": {**picture["content"], **_content("Failed")}}
    return {
        "/v1/pixel.gif": {
            "get": {
                "summary": "Take one event from a query; the answer is a picture, whatever the status.",
                "parameters": [{"name": name, "in": "query", "schema": _TEXT} for name in _PIXEL],
                "responses": answers,
            }
        }
    }


def _segment() -> dict[str, Any]:
    key = {"name": "key", "in": "path", "required": True, "schema": _TEXT}
    settings = _get("What Segment's browser client loads from its `cdnURL`.", "application/json", _OBJECT)["get"]
    settings["responses"] |= {"404": _json("There is no such write key.", "Failed")} | _failures("403", "429")
    swallowed = {"application/json": {"schema": {**_OBJECT, "required": ["success"]}}}
    anything = {"text/plain": {"schema": _TEXT}, "application/json": {"schema": {}}}
    metrics = {
        "summary": "What Segment's browser client counts about itself; let go.",
        "requestBody": {"content": anything},
        "responses": {"200": {"description": "Let go.", "content": swallowed}, **_failures("413", "429")},
    }
    return {
        "/v1/projects/{key}/settings": {"get": {**settings, "parameters": [key]}},
        "/v1/m": {"post": metrics},
    }


def _cookie() -> dict[str, Any]:
    asked = {
        "type": "object",
        "properties": {
            "writeKey": _AROUND["writeKey"],
            "visitorSecret": {
                "type": "string",
                "description": "One that a script kept until now; goes into the cookie.",
            },
            "forget": {"type": "boolean", "description": "Take the cookie away."},
        },
    }
    post = {
        "summary": "Who this browser's visitor is, by a cookie that no script reads; for pages of the site.",
        "security": _SECURITY,
        "description": "The same as text/plain spares browsers a preflight.",
        "requestBody": {"required": True, "content": _content_of(asked)},
        "responses": {
            "200": _json("The visitor; the cookie comes along.", "CookieVisitor"),
            "404": _json("There is no such cookie here.", "Failed"),
            **_failures(*_FAILURES),
        },
    }
    return {"/v1/visitor": {"post": post}}


def _visitor() -> dict[str, Any]:
    told = "The visitor who asks with `Authorization: Visitor <secret>`; empty for one never seen."
    answers = {"200": _json(told, "Visitor"), **_failures("429", "503")}
    me = {"get": {"summary": "Audiences of the visitor who asks.", "responses": answers}}
    return {"/v1/me": me, "/v1/live": _live(), "/v1/preview": _preview()}


def _live() -> dict[str, Any]:
    secret = {"description": "The visitor's own; whatever else is here proves nothing, and nobody is told of once."}
    told = "A stream: `data:` with a Visitor now and whenever it changes; a comment at least every 20 seconds."
    answers = {
        "200": {"description": told, "content": {"text/event-stream": {"schema": {}}}},
        **_failures(*_FAILURES),
    }
    return {"post": _asking("Follow the visitor's audiences while they change.", {"visitorSecret": secret}, answers)}


def _preview() -> dict[str, Any]:
    told = {"type": "object", "required": ["shown"], "properties": {"shown": {"type": "array", "items": _TEXT}}}
    answers = {
        "200": {"description": "Whom the link shows; `!` before what it takes away.", "content": _content_of(told)},
        **_failures("400", "401", "403", "413", "429"),
    }
    return {"post": _asking("Tell whom a preview link shows.", {"seal": _TEXT}, answers, ["seal"])}


def _asking(summary: str, asked: Schema, answers: Schema, required: Sequence[str] = ()) -> dict[str, Any]:
    """Describe what the tag asks in a body, which browsers send without a preflight."""
    body = {"type": "object", "required": list(required), "properties": {**asked, "writeKey": _AROUND["writeKey"]}}
    return {
        "summary": summary,
        "description": "The same as text/plain spares browsers a preflight.",
        "security": _SECURITY,
        "requestBody": {"required": True, "content": _content_of(body)},
        "responses": answers,
    }


def _simulation() -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["seconds"],
        "properties": {"seconds": {"type": "integer", "minimum": 1, "maximum": FARTHEST}},
    }
    moved = {"type": "object", "required": ["now"], "properties": {"now": {"type": "string", "format": "date-time"}}}
    answers = {
        "200": {"description": "Every alarm on the way has fired.", "content": {"application/json": {"schema": moved}}},
        "404": _json("The clock is real: start with --simulated-clock.", "Failed"),
        **_failures(*_FAILURES),
    }
    post = {
        "summary": "Move a simulated clock on, with a secret key.",
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": answers,
    }
    return {"/v1/simulation/advance": {"post": post}}


def _files() -> dict[str, Any]:
    counts = "Counts in Prometheus' form: for this machine itself, or with a secret key, which alone shows sizes."
    return {
        "/tag.js": _get("The tag.", "text/javascript", _TEXT),
        "/v1/live.js": _get("What the tag loads to follow a stream.", "text/javascript", _TEXT),
        "/v1/tools.js": _get("What the tag loads for a preview, or to debug.", "text/javascript", _TEXT),
        "/healthz": _get("Is the process alive?", "application/json", _OBJECT),
        "/readyz": _get("Can the storage write?", "application/json", _OBJECT, {"503": "It cannot."}),
        "/metrics": _get(counts, "text/plain", _TEXT, {"401": "No key.", "403": "Not a secret key."}),
        "/openapi.json": _get("This description.", "application/json", _OBJECT),
    }


def _get(summary: str, media_type: str, schema: Schema, failures: Mapping[str, str] = {}) -> dict[str, Any]:
    answers = {"200": {"description": "Yes.", "content": {media_type: {"schema": schema}}}}
    answers |= _failures(*_ANYWHERE)
    for status, told in failures.items():
        answers[status] = {"description": told, "content": {"application/json": {"schema": _OBJECT}}}
    return {"get": {"summary": summary, "responses": answers}}


def _failures(*statuses: str) -> dict[str, Any]:
    return {status: _json(_FAILURES[status], "Failed") for status in sorted({*statuses, *_ANYWHERE})}


def _json(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": _content(schema)}


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _content_of(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
