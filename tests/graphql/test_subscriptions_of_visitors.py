"""What a page may follow: its own visitor whatever becomes of it, as that device sees itself, and nobody else."""

from __future__ import annotations

import httpx2
import pytest

from tests.graphql.asking import Asker, Device
from tests.graphql.following import CHANGES, socket_to, told
from tests.server import SECRET_KEY

CREATE = """mutation ($name: String!, $text: String!, $shown: Boolean!) {
  createAudience(input: {name: $name, personalizable: $shown, definition: {text: $text}}) { audience { id } }
}"""
OWN = ["read_one", "read_two", "read_three"]
PROFILE = "subscription { profileUpdated { id known } }"


@pytest.fixture(scope="module", autouse=True)
def readers(server_key: Asker) -> None:
    """Make audiences that a device enters by one event each, and one that is not for pages."""
    for name in ("One", "Two", "Three"):
        server_key.ask(CREATE, name=f"Read {name}", text=f'DID "Read {name}"', shown=True)
    server_key.ask(CREATE, name="Hidden", text='DID "Read One"', shown=False)


def log_in(device: Device, email: str) -> None:
    """Let the site's server say who is at a device."""
    body = {"anonymousId": device.anonymous_id, "traits": {"email": email}}
    auth = {"Authorization": f"Bearer {SECRET_KEY}"}
    httpx2.post(f"{device.address}/v1/identify", json=body, headers=auth).raise_for_status()


def unlink(server_key: Asker, device: Device) -> None:
    query = "mutation ($of: IdentityInput!) { unlinkIdentity(identity: $of) { userErrors { message } } }"
    done = server_key.ask(query, of={"namespace": "anonymous_id", "value": device.anonymous_id})
    assert done["unlinkIdentity"]["userErrors"] == []


def test_a_visitor_is_followed_through_login_unlink_and_another_login(address: str, server_key: Asker) -> None:
    device, elsewhere = Device(address), Device(address)
    elsewhere.identifies(email="owner@login.example")
    elsewhere.tracks("Seen elsewhere")
    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(CHANGES, audiences=OWN)
        device.views()
        log_in(device, "owner@login.example")
        device.tracks("Read One")
        first = socket.changes(1)
        unlink(server_key, device)
        device.tracks("Read Two")
        second = socket.changes(2)
        device.identifies(email="another@login.example")
        device.tracks("Read Three")
        third = socket.changes(1)

    assert first == ["ENTERED read_one EVENT"]
    assert second == ["ENTERED read_one UNLINK", "ENTERED read_two EVENT"]
    assert third == ["ENTERED read_three EVENT"]


def test_a_visitor_is_followed_when_another_person_takes_its_device(address: str) -> None:
    device = Device(address)
    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(CHANGES, audiences=OWN)
        device.identifies(email="first@device.example")
        device.tracks("Read One")
        first = socket.changes(1)
        device.identifies(email="second@device.example")
        device.tracks("Read Two")
        second = socket.changes(1)

    assert (first, second) == (["ENTERED read_one EVENT"], ["ENTERED read_two EVENT"])


def test_what_others_do_under_the_same_claim_is_not_told(address: str) -> None:
    owner, claimant = Device(address), Device(address)
    owner.identifies(email="owner@claim.example")
    claimant.views()
    with socket_to(address, f"Visitor {claimant.secret}") as socket:
        claimant.identifies(email="owner@claim.example")
        socket.subscribe(CHANGES)
        socket.subscribe(PROFILE)
        owner.tracks("Read One")
        owner.tracks("Read Two")
        claimant.tracks("Read Three")
        heard = [socket.hear()["payload"]["data"] for _ in range(2)]

        assert socket.is_quiet()
    (change,) = (one["membershipChanged"] for one in heard if "membershipChanged" in one)
    assert change["audience"]["slug"] == "read_three"


def test_who_claims_ones_address_is_not_heard_of_live_or_after(address: str) -> None:
    owner, claimant = Device(address), Device(address)
    proof = f"Visitor {owner.secret}"
    with socket_to(address, proof) as socket:
        socket.subscribe(CHANGES, audiences=OWN)
        owner.identifies(email="owner@fork.example")
        owner.tracks("Read One")
        cursor = socket.next()["cursor"]
        socket.subscribe(PROFILE, id="profile")
        claimant.identifies(email="owner@fork.example")
        claimant.tracks("Read Two")
        owner.tracks("Read Three")
        live = sorted((socket.hear() for _ in range(2)), key=lambda message: str(message["id"]))
        assert socket.is_quiet()
    with socket_to(address, proof) as socket:
        socket.subscribe(CHANGES, after=cursor, audiences=OWN)
        resumed = socket.changes(1)

    assert [told(live[0]["payload"]["data"]["membershipChanged"])] == resumed == ["ENTERED read_three EVENT"]
    assert live[1]["id"] == "profile"


def test_only_personalizable_audiences_are_told(address: str) -> None:
    device = Device(address)
    device.views()
    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(CHANGES)
        device.tracks("Read One")

        assert socket.changes(1) == ["ENTERED read_one EVENT"]
        assert socket.is_quiet()


def test_a_cursor_is_sealed_and_resumes_its_own_visitor_only(address: str) -> None:
    device, other = Device(address), Device(address)
    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(CHANGES, audiences=OWN)
        device.tracks("Read One")
        cursor = socket.next()["cursor"]
    device.tracks("Read Two")

    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(CHANGES, after=cursor)
        assert "ENTERED read_two EVENT" in socket.changes(1)
    with socket_to(address, f"Visitor {other.secret}") as socket:
        socket.subscribe(CHANGES, after=cursor)
        assert socket.hear()["payload"][0]["extensions"] == {"code": "INVALID_VALUE"}


@pytest.mark.parametrize(
    "inside", ["audience { size }", "profile { mergedFrom }", "audience { changes { nodes { id } } }"]
)
def test_a_change_leads_to_nothing_that_is_not_for_pages(address: str, inside: str) -> None:
    device = Device(address)
    device.views()
    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(f"subscription {{ membershipChanged {{ {inside} }} }}")
        device.tracks("Read One")
        errors = socket.hear()["payload"]["errors"]

    assert {one["extensions"]["code"] for one in errors} == {"UNAUTHORIZED"}
