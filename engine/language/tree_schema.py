"""The JSON Schema of the tree that tree.py reads and writes, for editors and clients."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def tree_schema() -> Schema:
    """Give the schema as JSON, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of an audience",
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {"oneOf": _nodes()},
            "scalar": {"type": ["string", "number", "boolean", "null"]},
            "count": {"type": "integer", "minimum": 1, "maximum": 1_000},
            "field": _only("field", {"type": "string", "minLength": 1}),
            "value": _only("value", _ref("scalar")),
            "audience": _only("audience", {"type": "string"}),
            "event": _only("event", {"type": "string"}),
            "condition": {"oneOf": _conditions()},
        },
    }


def _nodes() -> list[Schema]:
    node, field, value = _ref("node"), _ref("field"), _ref("value")
    return [
        _op(["*"], _exactly()),
        _op(["and", "or"], {"type": "array", "items": node, "minItems": 1}),
        _op(["not"], _exactly(node)),
        _op(["include"], _exactly(_ref("audience"))),
        _op(["exists"], _exactly(field)),
        _op(["=", "!=", "<", "<=", ">", ">=", "contains", "like"], _exactly(field, value)),
        _op(["between"], _exactly(field, value, value)),
        _op(["in", "intersects"], {"type": "array", "prefixItems": [field], "items": value, "minItems": 2}),
        _op(["did"], {"type": "array", "prefixItems": [_ref("event")], "items": _ref("condition"), "minItems": 1}),
    ]


def _conditions() -> list[Schema]:
    """How often, when and with what, of a `did`."""
    dates = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
    counts = [_only(bound, _ref("count")) for bound in ("at_least", "at_most", "exactly")]
    return [*counts, _only("last", {"type": "string"}), _only("between", dates), _only("where", _ref("node"))]


def _op(names: list[str], args: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"op": {"enum": names}, "args": args},
        "required": ["op", "args"],
        "additionalProperties": False,
    }


def _exactly(*items: Schema) -> Schema:
    return {"type": "array", "prefixItems": list(items), "minItems": len(items), "maxItems": len(items)}


def _only(key: str, value: Schema) -> Schema:
    return {"type": "object", "properties": {key: value}, "required": [key], "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
