"""Following over the real wire: each change once, in order, with its cause, by either protocol."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.asking import Asker, Device
from tests.graphql.following import CHANGES, Socket, socket_to, stream_from, told
from tests.server import SECRET_KEY, Server

SERVER = f"Bearer {SECRET_KEY}"
MONTH = 31 * 86_400
CREATE = """mutation ($name: String!, $text: String!) {
  createAudience(input: {name: $name, personalizable: true, definition: {text: $text}}) {
    audience { id version } userErrors { message }
  }
}"""
EDIT = """mutation ($id: ID!, $text: String!) {
  updateAudience(id: $id, input: {definition: {text: $text}}) { userErrors { message } }
}"""
MERGE = """mutation { mergeProfiles(into: {email: "kept@journey.example"}, from: {email: "other@journey.example"}) {
  userErrors { message }
} }"""
PART = """mutation { unlinkIdentity(identity: {namespace: "email", value: "other@journey.example"}) {
  userErrors { message }
} }"""
BUYERS, JOURNEY = "journey_buyers", ["journey_buyers", "journey_both"]


def make(server_key: Asker, name: str, text: str) -> Any:
    made = server_key.ask(CREATE, name=name, text=text)["createAudience"]
    assert made["userErrors"] == []
    return made["audience"]


def test_a_visitor_follows_itself_over_both_protocols(address: str) -> None:
    device = Device(address)
    proof = f"Visitor {device.secret}"
    with socket_to(address, proof) as socket, stream_from(address, CHANGES, proof) as stream:
        socket.subscribe(CHANGES)
        device.views()
        device.identifies(email="follower@example.org")

        over_socket = [socket.next() for _ in range(4)]
        over_stream = [stream.next() for _ in range(4)]

    assert over_socket == over_stream
    assert len({change["cursor"] for change in over_socket}) == 4


class Journey:
    """What happens to two people, step by step, with the changes that each step brings to two audiences."""

    def __init__(self, server: Server, server_key: Asker) -> None:
        self.server, self.server_key = server, server_key
        self.buyers = make(server_key, "Journey buyers", 'DID "Bought" IN LAST "30d"')
        make(server_key, "Journey both", 'DID "Bought" AND DID "Returned"')
        self.kept, self.other = Device(server.address), Device(server.address)

    def steps(self) -> list[tuple[Any, list[str]]]:
        return [
            (self.buy, ["ENTERED journey_buyers EVENT"]),
            (lambda: self.server.advance(MONTH), ["EXITED journey_buyers TIME"]),
            (lambda: self.edit('DID "Bought"'), ["ENTERED journey_buyers DEFINITION"]),
            (self.come_back, []),
            (
                lambda: self.server_key.ask(MERGE),
                ["ENTERED journey_both MERGE"],
            ),
            (lambda: self.server_key.ask(PART), ["EXITED journey_both UNLINK"]),
        ]

    def buy(self) -> None:
        self.kept.identifies(email="kept@journey.example")
        self.kept.tracks("Bought")

    def come_back(self) -> None:
        self.other.identifies(email="other@journey.example")
        self.other.tracks("Returned")

    def edit(self, text: str) -> None:
        edited = self.server_key.ask(EDIT, id=self.buyers["id"], text=text)["updateAudience"]
        assert edited["userErrors"] == []


@pytest.fixture(scope="module")
def journey(server: Server, server_key: Asker) -> tuple[list[Any], list[str], str]:
    """Follow the whole journey once; a second reader is cut after each change, and resumes after the last it had."""
    journey = Journey(server, server_key)
    whole: list[Any] = []
    resumed: list[str] = []
    with socket_to(server.address, SERVER) as socket:
        socket.subscribe(CHANGES, audiences=JOURNEY)
        start = start_of(server.address)
        after = start
        for act, expected in journey.steps():
            act()
            whole += [socket.next() for _ in expected]
            if expected:
                after = cut_and_resumed(server.address, after, len(expected), resumed)
        assert socket.is_quiet()
    return whole, resumed, start


def start_of(address: str) -> str:
    """Give the place of the latest change there is."""
    device = Device(address)
    with socket_to(address, SERVER) as socket:
        socket.subscribe(CHANGES)
        device.views()
        latest = [socket.next() for _ in range(3)]
    return str(latest[-1]["cursor"])


def cut_and_resumed(address: str, after: str, number: int, resumed: list[str]) -> str:
    with socket_to(address, SERVER) as socket:
        socket.subscribe(CHANGES, after=after, audiences=JOURNEY)
        changes = [socket.next() for _ in range(number)]
    resumed += map(told, changes)
    return str(changes[-1]["cursor"])


EXPECTED = [
    "ENTERED journey_buyers EVENT",
    "EXITED journey_buyers TIME",
    "ENTERED journey_buyers DEFINITION",
    "ENTERED journey_both MERGE",
    "EXITED journey_both UNLINK",
]


def test_each_change_of_a_journey_comes_once_in_order_with_its_cause(journey: tuple[list[Any], list[str], str]) -> None:
    assert [told(change) for change in journey[0]] == EXPECTED


def test_who_is_cut_and_resumes_misses_nothing(journey: tuple[list[Any], list[str], str]) -> None:
    assert journey[1] == EXPECTED


def test_all_of_it_can_be_read_again_from_the_start(address: str, journey: tuple[list[Any], list[str], str]) -> None:
    with stream_from(address, CHANGES, SERVER, after=journey[2], audiences=JOURNEY) as stream:
        again = [stream.next() for _ in EXPECTED]

    assert again == journey[0]


def test_a_name_is_followed_through_a_merge_and_out_of_it(server: Server, server_key: Asker) -> None:
    kept, other = Device(server.address), Device(server.address)
    make(server_key, "Named", 'DID "Named thing"')
    kept.identifies(email="kept@names.example")
    other.identifies(email="other@names.example")
    other.tracks("Named thing")
    merge, part = (text.replace("journey.example", "names.example") for text in (MERGE, PART))
    with socket_to(server.address, SERVER) as socket:
        socket.subscribe(CHANGES, profile={"email": "Other@names.example"}, audiences=["named"])
        server_key.ask(merge)
        merged = socket.changes(2)
        server_key.ask(part)
        parted = socket.changes(1)

    assert merged == ["EXITED named MERGE", "ENTERED named MERGE"]
    assert parted == ["ENTERED named UNLINK"]


def followed(socket: Socket, query: str, act: Any, **variables: Any) -> Any:
    socket.subscribe(query, **variables)
    act()
    return socket.next()


def test_events_are_told_as_they_come(address: str, server_key: Asker) -> None:
    device, stranger = Device(address), Device(address)
    query = "subscription ($of: ProfileByInput) { eventReceived(profile: $of) { type url } }"

    def act() -> None:
        stranger.views("https://shop.example/other")
        device.views("https://shop.example/own")

    with socket_to(address, SERVER) as socket:
        own = followed(socket, query, act, of={"anonymousId": device.anonymous_id})
        anybody = followed(socket, query, act)

    assert own == {"type": "page", "url": "https://shop.example/own"}
    assert anybody == {"type": "page", "url": "https://shop.example/other"}


def test_a_profile_is_told_as_it_now_is(address: str) -> None:
    device = Device(address)
    query = "subscription { profileUpdated { known audienceSlugs } }"
    with socket_to(address, f"Visitor {device.secret}") as socket:
        before = followed(socket, query, device.views)
        device.identifies(email="told@example.org")
        after = socket.next()

    assert (before["known"], after["known"]) == (False, True)
    assert "known_users" in after["audienceSlugs"]


def test_everyone_is_told_to_a_server(address: str) -> None:
    device = Device(address)
    with socket_to(address, SERVER) as socket:
        query = "subscription { profileUpdated { email } }"
        told = followed(socket, query, lambda: device.identifies(email="every@example.org"))

    assert told == {"email": "every@example.org"}


def test_an_audience_tells_its_rules_and_its_size(address: str, server_key: Asker) -> None:
    audience = make(server_key, "Watched", 'DID "Watched thing"')
    query = 'subscription { audienceUpdated(by: {slug: "watched"}) { size version } }'
    with stream_from(address, query, SERVER) as stream:
        Device(address).tracks("Watched thing")
        sizes = iter(stream.next, None)
        grown = next(told for told in sizes if told["size"] == 1)
        server_key.ask(EDIT, id=audience["id"], text='DID "Watched thing" OR visit_count > 900')
        edited = next(told for told in sizes if told["version"] > audience["version"])

    assert (grown["version"], edited["size"]) == (audience["version"], 1)
