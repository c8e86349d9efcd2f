"""Plays a story on a real server and on the model side by side, and after every step compares what each would show."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any, assert_never
from urllib.parse import urlsplit

from cli.rebuilding import compare
from collector.protocols.decoded import Sender
from collector.protocols.segment import decode
from engine.domain.events import Event, Trust
from engine.settings import Settings
from engine.values import format_time
from tests.collector.wire import Browser, browser, new
from tests.identity import links, views
from tests.identity.facts import DEVICE, Identifier
from tests.identity.model import Model
from tests.identity.steps import (
    DEVICES,
    EMAILS,
    USERS,
    Again,
    By,
    Erase,
    Merge,
    Said,
    Send,
    Step,
    Unlink,
    Wait,
    Who,
)
from tests.server import SECRET_KEY, WRITE_KEY, Server

HOUR = 3_600_000
TRUST = {By.PAGE: Trust.CLAIMED, By.TOKEN: Trust.VERIFIED, By.SERVER: Trust.SERVER}
DETAILS = "known email identities { namespace value trust firstSeenAt lastSeenAt } attributes scores { name value }"
SHOWN = f"{DETAILS} audienceSlugs"
ME = f"{{ me {{ {SHOWN} }} }}"
AUDIENCES = "{ audiences(first: 100) { nodes { slug personalizable state definition { text } } } }"
_NUMBERS = range(DEVICES + EMAILS + USERS)
EVERYONE = (
    f"query ({', '.join(f'$p{at}: IdentityInput!' for at in _NUMBERS)})"
    f" {{ {' '.join(f'p{at}: profile(by: {{identity: $p{at}}}) {{ id {SHOWN} }}' for at in _NUMBERS)} }}"
)
COUNT = "{ profiles { totalCount } }"


class Wire:
    """One connection to a server that is kept open: a story asks some hundred times."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(urlsplit(server.address).netloc, timeout=60)

    def ask(self, path: str, body: Any = None, authorization: str = f"Bearer {SECRET_KEY}") -> Any:
        """Post JSON, or get where there is none, and give the answer's JSON."""
        method, sent = ("GET", None) if body is None else ("POST", json.dumps(body))
        headers = {"Content-Type": "application/json", "Authorization": authorization}
        self._connection.request(method, path, sent, headers)
        return json.loads(self._connection.getresponse().read())

    def graphql(self, query: str, authorization: str = f"Bearer {SECRET_KEY}", **variables: Any) -> Any:
        """Ask GraphQL; gives `data`."""
        answer = self.ask("/graphql", {"query": query, "variables": variables}, authorization)
        assert "errors" not in answer, answer
        return answer["data"]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Stage:
    """A server with its audiences, on which one story after another is played."""

    def __init__(self, server: Server, claims_link: bool = True) -> None:
        self.server = server
        self.claims_link = claims_link
        self.wire = Wire(server)
        self.rules = views.Rules(self.wire.graphql(AUDIENCES)["audiences"]["nodes"])
        self.offset = 0
        self.differing: set[str] = set(self.differences())

    def now(self) -> int:
        """Give the server's now, which is this machine's clock and what it was moved on by."""
        return time.time_ns() // 1_000_000 + self.offset

    def advance(self, hours: int) -> None:
        """Move the server's clock on."""
        self.wire.ask("/v1/simulation/advance", {"seconds": hours * 3600})
        self.offset += hours * HOUR

    def differences(self) -> list[str]:
        """Compare live with recomputed beside the server, as `rollcall rebuild --check` does; gives the places."""
        return [one.place for one in compare(Settings(database=f"sqlite:///{self.server.database}"))]

    def profiles(self) -> int:
        """Count all profiles."""
        return int(self.wire.graphql(COUNT)["profiles"]["totalCount"])


class Story:
    """One story under way, with people and devices that no other has."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.model = Model(claims_link=stage.claims_link)
        name = new("story")
        self.devices = [browser() for _ in range(DEVICES)]
        self.people: list[Identifier] = [
            *(("email", f"e{number}.{name}@example.com") for number in range(EMAILS)),
            *(("user_id", f"u{number}-{name}") for number in range(USERS)),
        ]
        self.sent: list[tuple[Send, dict[str, Any], list[Event]]] = []
        self.messages = 0
        self.ids: dict[int, str] = {}
        """Home → the id of the profile that it began as, as the server first told it."""
        self.profiles_before = stage.profiles()

    def play(self, steps: Sequence[Step]) -> None:
        """Play a whole story; raises AssertionError where the two differ."""
        for number, step in enumerate(steps, 1):
            try:
                self.do(step)
                self.compare()
            except AssertionError as error:
                error.add_note("\n".join(["The story until then:", *(f"    {one}," for one in steps[:number])]))
                raise

    def do(self, step: Step) -> None:
        """Let one thing happen, on both sides."""
        match step:
            case Send():
                self._send(step)
            case Again():
                self._send_again(step)
            case Wait():
                self.stage.advance(step.hours)
            case Merge():
                self._merge(step)
            case Unlink():
                query = "mutation ($who: IdentityInput!) { done: unlinkIdentity(identity: $who) { ERRORS } }"
                who = self.identifier(step.who)
                self._change(query, {"who": _input(who)}, lambda: links.unlink(self.model.facts, who))
            case Erase():
                query = "mutation ($who: ProfileByInput!) { done: eraseProfile(by: $who) { ERRORS } }"
                who = self.identifier(step.who)
                now = self.stage.now
                self._change(
                    query, {"who": {"identity": _input(who)}}, lambda: links.erase(self.model.facts, who, now())
                )
            case _:
                assert_never(step)

    def identifier(self, who: Who) -> Identifier:
        """Give the identifier that a step means."""
        if who.namespace == DEVICE:
            return (DEVICE, self.devices[who.number].id)
        return [one for one in self.people if one[0] == who.namespace][who.number]

    def _send(self, step: Send) -> None:
        secret = next((self._device(said) for said in step.events if said.device is not None), None)
        body: dict[str, Any] = {"batch": [self._wired(said) for said in step.events]}
        if step.shows and secret is not None:
            body["visitorSecret"] = secret.secret
        events = self._decoded(step.by, body)
        self.sent.append((step, body, events))
        self._post(step, body, events)

    def _send_again(self, step: Again) -> None:
        if step.back < len(self.sent):
            earlier, body, events = self.sent[-1 - step.back]
            self._post(earlier, {**body, "batch": body["batch"][::-1]}, events[::-1])

    def _post(self, step: Send, body: dict[str, Any], events: list[Event]) -> None:
        key = SECRET_KEY if step.by is By.SERVER else WRITE_KEY
        answer = self.stage.wire.ask("/v1/batch", body, f"Bearer {key}")
        mine = self._shown(body, events)
        if mine is not None:
            self.model.show(mine.id)
        taken = [self.model.take(event, mine is not None) for event in events]
        assert (answer["accepted"], answer["duplicate"]) == (taken.count(True), taken.count(False)), answer
        if mine is not None:
            assert answer["visitor"] == self._expected_answer(mine)

    def _shown(self, body: Mapping[str, Any], events: Sequence[Event]) -> Browser | None:
        """Tell whose secret came with a request; it counts only where all events are that device's."""
        mine = next((one for one in self.devices if one.secret == body.get("visitorSecret")), None)
        return mine if mine is not None and all(event.anonymous_id == mine.id for event in events) else None

    def _merge(self, step: Merge) -> None:
        query = (
            "mutation ($into: ProfileByInput!, $from: ProfileByInput!)"
            " { done: mergeProfiles(into: $into, from: $from) { ERRORS } }"
        )
        into, source = self.identifier(step.into), self.identifier(step.source)
        asked = {"into": {"identity": _input(into)}, "from": {"identity": _input(source)}}
        times = 2 if step.at_once else 1
        self._change(query, asked, lambda: links.merge(self.model.facts, into, source), times)

    def _change(self, query: str, asked: Mapping[str, Any], do: Callable[[], object], times: int = 1) -> None:
        """Ask for a change, so many times at once; it must be refused where the model refuses it."""
        query = query.replace("ERRORS", "userErrors { code }")
        try:
            do()
            refused = False
        except links.NotDone:
            refused = True
        for answer in self._at_once(query, asked, times):
            assert bool(answer["done"]["userErrors"]) is refused, answer

    def _at_once(self, query: str, asked: Mapping[str, Any], times: int) -> list[Any]:
        if times == 1:
            return [self.stage.wire.graphql(query, **asked)]
        wires = [Wire(self.stage.server) for _ in range(times)]
        with ThreadPoolExecutor(times) as pool:
            answers = list(pool.map(lambda wire: wire.graphql(query, **asked), wires))
        for wire in wires:
            wire.close()
        return answers

    def _device(self, said: Said) -> Browser | None:
        return None if said.device is None else self.devices[said.device]

    def _wired(self, said: Said) -> dict[str, Any]:
        """Write an event as it is sent, with a time and a message id that no other has."""
        self.messages += 1
        device = self._device(said)
        at = self.stage.now() - 2_000 - said.ago * HOUR
        email = None if said.email is None else self.identifier(Who("email", said.email))[1]
        user = None if said.user is None else self.identifier(Who("user_id", said.user))[1]
        return {
            "type": said.kind,
            "event": "Bought",
            "messageId": new("message"),
            "timestamp": format_time(at // 1000 * 1000 + self.messages),
            "anonymousId": None if device is None else device.id,
            "userId": user,
            "traits": {name: value for name, value in (("email", email), ("plan", said.plan)) if value is not None},
            "properties": {"url": "https://shop.example/"},
        }

    def _decoded(self, by: By, body: Mapping[str, Any]) -> list[Event]:
        sender = Sender(by.value, TRUST[by], self.stage.now(), "", lambda index: "")
        decoded = decode(body["batch"], {}, sender)
        assert decoded.rejected == []
        return decoded.events

    def compare(self) -> None:
        """Compare all that is shown of everybody in the story."""
        now = self.stage.now()
        told = self._told()
        expected = self._expected(now)
        for name, found in expected.items():
            assert told[name] == found, f"{name}: the server tells {told[name]}, the model {found}"
        self._compare_ids()

    def end(self) -> None:
        """Compare how many profiles the story has left behind."""
        facts = self.model.facts
        found = {facts.root(part.home) for part in facts.parts}
        assert self.stage.profiles() - self.profiles_before == len(found)
        differing = set(self.stage.differences()) - self.stage.differing
        self.stage.differing |= differing
        assert not differing

    def _everyone(self) -> list[Identifier]:
        return [*((DEVICE, one.id) for one in self.devices), *self.people]

    def _told(self) -> dict[str, Any]:
        wire = self.stage.wire
        asked = {f"p{at}": _input(one) for at, one in enumerate(self._everyone())}
        found = wire.graphql(EVERYONE, **asked)
        told: dict[str, Any] = {
            f"profile of {one[1]}": _told_of(found[f"p{at}"]) for at, one in enumerate(self._everyone())
        }
        self._ids_told = {one: found[f"p{at}"] and found[f"p{at}"]["id"] for at, one in enumerate(self._everyone())}
        for number, device in enumerate(self.devices):
            visitor = f"Visitor {device.secret}"
            told[f"/v1/me of device {number}"] = wire.ask("/v1/me", None, visitor)
            told[f"me of device {number}"] = _told_of(wire.graphql(ME, visitor)["me"])
        return told

    def _expected(self, now: int) -> dict[str, Any]:
        facts, rules = self.model.facts, self.stage.rules
        roots = {one: facts.profile_of(one) for one in self._everyone()}
        profiles = {root: views.told(views.profile(facts, root), rules, now) for root in {*roots.values()} - {None}}
        expected: dict[str, Any] = {f"profile of {one[1]}": profiles.get(root) for one, root in roots.items()}
        for number, device in enumerate(self.devices):
            shown = views.own(facts, device.id)
            told = None if shown is None else views.told(shown, rules, now)
            expected[f"me of device {number}"] = told
            expected[f"/v1/me of device {number}"] = _in_short(told)
        return expected

    def _expected_answer(self, device: Browser) -> dict[str, Any]:
        shown = views.own(self.model.facts, device.id)
        return _in_short(None if shown is None else views.told(shown, self.stage.rules, self.stage.now()))

    def _compare_ids(self) -> None:
        """Each profile has one id, and goes on with it."""
        for one, id in self._ids_told.items():
            root = self.model.facts.profile_of(one)
            if root is not None:
                assert self.ids.setdefault(root, id) == id, f"{one} leads to {id}, before to {self.ids[root]}"
        assert len(set(self.ids.values())) == len(self.ids), self.ids


def _input(identifier: Identifier) -> dict[str, str]:
    return {"namespace": identifier[0], "value": identifier[1]}


def _in_short(told: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give what a browser is told, which is the same of nobody."""
    return {"known": told["known"], "audiences": told["audiences"]} if told else {"known": False, "audiences": []}


def _told_of(profile: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Give what the server tells of a profile in the model's shape."""
    if profile is None:
        return None
    identities = [
        tuple(one[name] for name in ("namespace", "value", "trust", "firstSeenAt", "lastSeenAt"))
        for one in profile["identities"]
    ]
    return {
        **{name: profile[name] for name in ("known", "email", "attributes")},
        "identities": sorted(identities),
        "scores": {one["name"]: one["value"] for one in profile["scores"]},
        "audiences": profile["audienceSlugs"],
    }
