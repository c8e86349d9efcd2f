"""Those who take part in attacks: victims who have something to lose, and everything that a visitor can ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.collector.wire import Answer, Browser, ask, batch, browser, event, new, post
from tests.server import SECRET_KEY, Server

OWN_VIEW = """{ me {
  id known email firstSeenAt lastSeenAt attributes audienceSlugs isIn(audience: "gold")
  identities { namespace value trust firstSeenAt lastSeenAt }
  audiences(first: 100) { totalCount edges { since node { id slug name } } }
  membershipHistory(first: 100) { nodes { id cause transition occurredAt audience { slug } event { id type properties }
                                          profile { id email } } }
  events(first: 100) { nodes { id type url properties occurredAt receivedAt } }
  scores { name value } affinities { topic strength }
} }"""
"""All that is open to visitors."""

WHOLE = """query ($by: ProfileByInput!) { profile(by: $by) {
  id known email attributes audienceSlugs mergedFrom identities { namespace value trust }
  events(first: 100) { nodes { type properties } } } }"""


@dataclass(frozen=True, slots=True)
class Victim:
    """A person with a past that nobody else may learn of."""

    email: str
    user_id: str
    browser: Browser
    word: str
    """A word that stands in all that the victim's device and the servers have told."""


def victim(server: Server, proven: bool = False) -> Victim:
    """Let somebody browse, name himself, and be known to servers as a gold customer; `proven` by the server's word."""
    word = new("private")
    who = Victim(f"{word}@victim.example", f"{word}-id", browser(), word)
    page = {"page": {"url": f"https://shop.example/{word}"}, "campaign": {"medium": "email", "name": word}}
    who.browser.post(server, event(context={**page, "topics": {word: 1}}))
    who.browser.post(server, event("track", event=f"Bought {word}", properties={"what": word}))
    who.browser.post(server, event("identify", traits={"email": who.email, "note": word}))
    device = {"anonymousId": who.browser.id} if proven else {"anonymousId": None}
    traits = {"email": who.email, "plan": "gold", "debts": word}
    by_server(server, event("identify", userId=who.user_id, traits=traits, **device))
    assert {"gold", "known_users"} <= set(whole(server, email=who.email)["audienceSlugs"])
    return who


def by_server(server: Server, *events: dict[str, Any], **around: Any) -> Answer:
    """Post events with the secret key, and see that all are taken."""
    answer = post(server, "/v1/batch", {"batch": list(events), **around}, Authorization=f"Bearer {SECRET_KEY}")
    assert answer.json["accepted"] == len(events), answer.json
    return answer


def claims(server: Server, who: Browser, email: str | None = None, **more: Any) -> Answer:
    """Let a browser say that it is somebody, with the public key and its own secret."""
    traits = {} if email is None else {"email": email}
    return who.post(server, event("identify", traits={**traits, **more.pop("traits", {})}, **more))


def visitor_asks(server: Server, who: Browser, query: str, **variables: Any) -> Answer:
    """Ask GraphQL as a visitor with his secret."""
    headers = {"Authorization": f"Visitor {who.secret}", "Content_Type": "application/json"}
    return post(server, "/graphql", {"query": query, "variables": variables}, **headers)


def own_view(server: Server, who: Browser) -> Any:
    """Give all that a visitor can read of himself; None for one never seen."""
    answer = visitor_asks(server, who, OWN_VIEW).json
    assert "errors" not in answer, answer
    return answer["data"]["me"]


def learns(server: Server, who: Browser) -> str:
    """Give, as one text, all that a device can be told from every place that tells anything."""
    me = ask(server, "GET", "/v1/me", Authorization=f"Visitor {who.secret}")
    return f"{own_view(server, who)} {me.json} {who.post(server).json} {who.post(server, event()).json}"


def whole(server: Server, **by: Any) -> Any:
    """Give a profile as servers see it; None for nobody."""
    return server.graphql(WHOLE, by=by)["profile"]


def identities(profile: Any, namespace: str | None = None) -> set[str]:
    """List what a profile is known by."""
    return {one["value"] for one in profile["identities"] if namespace in (None, one["namespace"])}


def hint(answer: Any, *names: str) -> str:
    """Write an answer without what differs from person to person: names given, ids, and times."""
    text = str(answer)
    for number, name in enumerate(names):
        text = text.replace(name, f"<{number}>")
    text = re.sub(r"'(id|cursor|messageId)': '[^']*'", r"'\1'", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)", "<time>", text)


__all__ = ["Browser", "batch", "browser", "event", "new"]
