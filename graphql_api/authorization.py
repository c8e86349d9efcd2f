"""Who asks, and what a visitor may read. A server's secret key opens everything; anyone else only what stands here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from graphql import GraphQLResolveInfo
from starlette.datastructures import Headers

from engine.domain.keys import Key, KeyKind, Scope
from engine.domain.visitors import anonymous_id
from engine.errors import Forbidden, Unauthorized
from engine.ports import Keys
from graphql_api.scopes import LOOKED_UP, NOBODY, needs


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser; `anonymous_id` is set when it has proven whose it is."""

    anonymous_id: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A holder of a secret key."""

    key: Key


Caller = Visitor | Server

OPEN_TO_VISITORS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Query": frozenset({"me"}),
        "Subscription": frozenset({"membershipChanged", "profileUpdated"}),
        "Profile": frozenset(
            {
                *("id", "known", "email", "firstSeenAt", "lastSeenAt", "identities", "attribute", "attributes"),
                *("audienceSlugs", "audiences", "isIn", "membershipHistory", "events"),
                *("score", "scores", "affinities"),
            }
        ),
        "Identity": frozenset({"namespace", "value", "trust", "firstSeenAt", "lastSeenAt"}),
        "Score": frozenset({"name", "value"}),
        "Affinity": frozenset({"topic", "strength"}),
        "Event": frozenset({"id", "type", "url", "properties", "occurredAt", "receivedAt"}),
        "Audience": frozenset({"id", "slug", "name", "personalizable"}),
        "MembershipChange": frozenset(
            {"id", "audience", "cause", "cursor", "event", "occurredAt", "profile", "transition"}
        ),
        "PageInfo": frozenset({"startCursor", "endCursor", "hasNextPage", "hasPreviousPage"}),
        "ProfileAudienceConnection": frozenset({"edges", "nodes", "pageInfo", "totalCount"}),
        "ProfileAudienceEdge": frozenset({"cursor", "node", "since"}),
        "EventConnection": frozenset({"edges", "nodes", "pageInfo"}),
        "EventEdge": frozenset({"cursor", "node"}),
        "MembershipChangeConnection": frozenset({"edges", "nodes", "pageInfo"}),
        "MembershipChangeEdge": frozenset({"cursor", "node"}),
    }
)
"""Type → fields that a visitor may read; any other field needs a secret key, also one that is added tomorrow."""

OPEN_ATTRIBUTES: Final = frozenset(
    {
        *("visit_count", "page_view_count", "event_count"),
        *("first_seen_at", "last_seen_at", "first_visit_at", "last_visit_at"),
        *("utm_sources", "utm_mediums", "utm_campaigns", "utm_terms", "utm_contents"),
        *("channels", "devices", "browsers", "systems", "referrer_domains", "languages"),
    }
)
"""Attributes that a visitor may read: what its own browser has told. Traits stay with servers."""


def caller_of(headers: Headers, keys: Keys) -> Caller:
    """Tell who asks. Raises Unauthorized, and Forbidden for a key that may not ask, or not from a page."""
    authorization = headers.get("authorization")
    if authorization is None:
        return Visitor()
    scheme, _, credential = authorization.partition(" ")
    match scheme.lower(), credential.strip():
        case "visitor", secret if secret:
            return Visitor(anonymous_id(secret))
        case "bearer", token if token:
            return _server(token, headers, keys)
        case _:
            raise Unauthorized("Send `Authorization: Visitor <secret>` or `Authorization: Bearer sk_…`.")


def check_field(caller: Caller, parent: str, name: str) -> None:
    """Raise Unauthorized or Forbidden where a caller may not read a field."""
    match caller:
        case Visitor():
            if name not in OPEN_TO_VISITORS.get(parent, ()):
                raise Unauthorized(
                    f"`{parent}.{name}` needs a secret key: ask from a server with `Authorization: Bearer sk_…`."
                )
        case Server():
            _check(caller, needs(parent, name), f"{parent}.{name}")


def visitors_only(resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Resolve a field for a visitor, if it is open to visitors. Raises Unauthorized."""
    name, parent = info.field_name, info.parent_type.name
    if not (name.startswith("__") or parent.startswith("__")):
        check_field(info.context.caller, parent, name)
    return resolve(source, info, **arguments)


def within_scopes(resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Resolve a field for a key that may only some things. Raises Forbidden."""
    name, parent = info.field_name, info.parent_type.name
    if not (name.startswith("__") or parent.startswith("__")):
        check_field(info.context.caller, parent, name)
    return resolve(source, info, **arguments)


def check_may_look_up(caller: Caller, kind: str) -> None:
    """Raise Forbidden where a caller may not even know whether there is such an object."""
    if isinstance(caller, Server):
        _check(caller, LOOKED_UP.get(kind, NOBODY), f"a {kind}'s global ID")


def _check(server: Server, any_of: frozenset[Scope], what: str) -> None:
    if server.key.scopes.isdisjoint(any_of) and not server.key.may_everything:
        wanted = " or ".join(f"`{scope}`" for scope in sorted(any_of)) or "all scopes"
        raise Forbidden(f"`{what}` needs {wanted}, which this key has not. Scopes are given when a key is made.")


def _server(token: str, headers: Headers, keys: Keys) -> Server:
    key = keys.check(token)
    if key is None:
        raise Unauthorized("This key is not known here.")
    if key.kind is not KeyKind.SECRET:
        raise Forbidden(f"A {key.kind} key cannot read here: servers need a secret key (sk_…), pages ask as Visitor.")
    if "origin" in headers or "sec-fetch-site" in headers:
        raise Forbidden(
            "A secret key came from a web page, so it is no secret any more: replace it, keep it on a server."
        )
    return Server(key)
