"""Plays a story on a real server and on the model side by side, and after every step compares what each would show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from itertools import permutations
from typing import Any, assert_never

from collector.protocols.decoded import Sender
from collector.protocols.segment import decode
from engine.domain.events import Event, Trust
from engine.values import format_time
from tests.collector.wire import Browser, browser, new
from tests.identity import links, tokens, views
from tests.identity.facts import DEVICE, Identifier
from tests.identity.model import Model
from tests.identity.stage import HOUR, Stage, Wire
from tests.identity.steps import (
    DEVICES,
    EMAILS,
    USERS,
    Again,
    By,
    Crowd,
    Erase,
    Merge,
    Restart,
    Said,
    Send,
    Step,
    Together,
    Unlink,
    Wait,
    Who,
)
from tests.server import SECRET_KEY, WRITE_KEY

TRUST = {By.PAGE: Trust.CLAIMED, By.SERVER: Trust.SERVER}
DETAILS = "known email identities { namespace value trust firstSeenAt lastSeenAt } attributes scores { name value }"
SHOWN = f"{DETAILS} audienceSlugs"
ME = f"{{ me {{ {SHOWN} }} }}"
_NUMBERS = range(DEVICES + EMAILS + USERS)
EVERYONE = (
    f"query ({', '.join(f'$p{at}: IdentityInput!' for at in _NUMBERS)})"
    f" {{ {' '.join(f'p{at}: profile(by: {{identity: $p{at}}}) {{ id {SHOWN} }}' for at in _NUMBERS)} }}"
)
MERGE = (
    "mutation ($into: ProfileByInput!, $from: ProfileByInput!)"
    " { done: mergeProfiles(into: $into, from: $from) { userErrors { code } } }"
)
UNLINK = "mutation ($who: IdentityInput!) { done: unlinkIdentity(identity: $who) { userErrors { code } } }"
ERASE = "mutation ($who: ProfileByInput!) { done: eraseProfile(by: $who) { userErrors { code } } }"


class Story:
    """One story under way, with people and devices that no other has."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.model = Model(claims_link=stage.claims_link)
        self.name = new("story")
        self.browsers: dict[int, Browser] = {}
        self.devices = [self._browser(number) for number in range(DEVICES)]
        self.people = [
            *(self.identifier(Who("email", number)) for number in range(EMAILS)),
            *(self.identifier(Who("user_id", number)) for number in range(USERS)),
        ]
        self.sent: list[tuple[Send, dict[str, Any], list[Event]]] = []
        self.messages = 0
        self.ids: dict[int, str] = {}
        """Home that a profile goes by → its id, as the server told it last."""
        self.profiles_before = stage.profiles()

    def play(self, steps: Sequence[Step]) -> None:
        """Play a whole story; raises AssertionError where the two differ."""
        done: list[Step] = []
        try:
            for step in steps:
                done.append(step)
                self.do(step)
                self.compare()
            self.end()
        except AssertionError as error:
            self.stage.spoil()
            error.add_note("\n".join(["The story until then:", *(f"    {one}," for one in done)]))
            raise

    def do(self, step: Step) -> None:
        """Let one thing happen, on both sides."""
        match step:
            case Send():
                self._send(step)
            case Together():
                self._send_together(step)
            case Crowd():
                self._send(step.send())
            case Again():
                self._send_again(step)
            case Wait():
                self.stage.advance(step.hours)
            case Restart():
                self.stage.restart()
            case _:
                self._change_links(step)

    def _change_links(self, step: Merge | Unlink | Erase) -> None:
        facts = self.model.facts
        match step:
            case Merge():
                into, source = self.identifier(step.into), self.identifier(step.source)
                asked = {"into": {"identity": _input(into)}, "from": {"identity": _input(source)}}
                self._change(MERGE, asked, lambda: links.merge(facts, into, source), 2 if step.at_once else 1)
            case Unlink():
                who = self.identifier(step.who)
                self._change(UNLINK, {"who": _input(who)}, lambda: links.unlink(facts, who))
            case Erase():
                who, now = self.identifier(step.who), self.stage.now
                self._change(ERASE, {"who": {"identity": _input(who)}}, lambda: links.erase(facts, who, now()))
            case _:
                assert_never(step)

    def identifier(self, who: Who) -> Identifier:
        """Give the identifier that a step means."""
        if who.namespace == DEVICE:
            return (DEVICE, self._browser(who.number).id)
        name = f"{who.namespace[0]}{who.number}.{self.name}"
        return (who.namespace, f"{name}@example.com" if who.namespace == "email" else name)

    def _send(self, step: Send) -> None:
        body, events = self._request(step)
        self.sent.append((step, body, events))
        self._take(body, events, self._post(step, body))

    def _send_again(self, step: Again) -> None:
        if step.back < len(self.sent):
            earlier, body, events = self.sent[-1 - step.back]
            body = {**body, "batch": body["batch"][::-1]}
            self._take(body, events[::-1], self._post(earlier, body))

    def _send_together(self, step: Together) -> None:
        """Send requests at once: what comes of them must be what one of the orders gives."""
        requests = [self._request(one) for one in step.sends]
        wires = [Wire(self.stage.server) for _ in requests]
        with ThreadPoolExecutor(len(requests)) as pool:
            sent = zip(step.sends, requests, wires, strict=True)
            answers = list(pool.map(lambda one: self._post(one[0], one[1][0], one[2]), sent))
        for wire in wires:
            wire.close()
        before, ids = self.model, self.ids
        differing: AssertionError | None = None
        for order in permutations(zip(requests, answers, strict=True)):
            self.model, self.ids = deepcopy(before), dict(ids)
            try:
                for (body, events), answer in order:
                    self._take(body, events, {**answer, "visitor": None})
                self.compare()
                return
            except AssertionError as error:
                differing = differing or error
        assert differing is not None
        raise differing

    def _request(self, step: Send) -> tuple[dict[str, Any], list[Event]]:
        """Give a request's body, but for the token, which must be fresh, and its events as they are to be taken."""
        secret = next((self._device(said) for said in step.events if said.device is not None), None)
        body: dict[str, Any] = {"batch": [self._wired(said) for said in step.events]}
        if step.shows and secret is not None:
            body["visitorSecret"] = secret.secret
        proven = [self.identifier(who) for who in step.proves]
        return body, [tokens.proven(event, proven) for event in self._decoded(step.by, body)]

    def _post(self, step: Send, body: dict[str, Any], wire: Wire | None = None) -> Any:
        key = SECRET_KEY if step.by is By.SERVER else WRITE_KEY
        if proven := [self.identifier(who) for who in step.proves]:
            body = {**body, "identityToken": self.stage.signer.sign(proven, self.stage.now())}
        answer = (wire or self.stage.wire).ask("/v1/batch", body, f"Bearer {key}")
        assert "accepted" in answer, answer
        return answer

    def _take(self, body: Mapping[str, Any], events: Sequence[Event], answer: Mapping[str, Any]) -> None:
        """Let the model take what the server has taken."""
        mine = self._shown(body, events)
        taken = [self.model.take(event, mine is not None) for event in events]
        if mine is not None and any(taken):  # of what is not taken nothing is remembered
            self.model.show(mine.id)
        assert (answer["accepted"], answer["duplicate"]) == (taken.count(True), taken.count(False)), answer
        if mine is not None and answer["visitor"] is not None:
            assert answer["visitor"] == self._expected_answer(mine)

    def _shown(self, body: Mapping[str, Any], events: Sequence[Event]) -> Browser | None:
        """Tell whose secret came with a request; it counts only where all events are that device's."""
        mine = next((one for one in self.devices if one.secret == body.get("visitorSecret")), None)
        return mine if mine is not None and all(event.anonymous_id == mine.id for event in events) else None

    def _change(self, query: str, asked: Mapping[str, Any], do: Callable[[], object], times: int = 1) -> None:
        """Ask for a change, so many times at once; it must be refused where the model refuses it."""
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
        return None if said.device is None else self._browser(said.device)

    def _browser(self, number: int) -> Browser:
        if number not in self.browsers:
            self.browsers[number] = browser()
        return self.browsers[number]

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
        differing = self.stage.differences()
        assert not differing, differing

    def _everyone(self) -> list[Identifier]:
        return [*((DEVICE, one.id) for one in self.devices), *self.people]

    def _told(self) -> dict[str, Any]:
        wire = self.stage.wire
        asked: dict[str, Any] = {f"p{at}": _input(one) for at, one in enumerate(self._everyone())}
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
        profiles = {root: views.told(views.profile(facts, root), rules, now) for root in {*roots.values()} if root}
        expected: dict[str, Any] = {f"profile of {one[1]}": profiles.get(root or 0) for one, root in roots.items()}
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
        """Each profile has an id of its own, and keeps it as long as it is one."""
        before, self.ids = self.ids, {}
        for one, id in self._ids_told.items():
            root = self.model.facts.profile_of(one)
            if root is not None:
                assert before.get(root, id) == id, f"{one} leads to {id}, before to {before[root]}"
                assert self.ids.setdefault(root, id) == id, f"{one} leads to {id}, others to {self.ids[root]}"
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
