"""The attack: claim an address, and tell from one's live stream whether its owner is known here, or what he is in."""

from __future__ import annotations

from tests.collector.test_live import NOBODY, following, me, told
from tests.collector.wire import browser, event, new
from tests.security.people import claims, victim
from tests.server import Server


def _heard(server: Server, email: str) -> list[object]:
    """Claim an address while following, and give all that is told until the stream has caught up."""
    attacker = browser()
    with following(server, attacker) as stream:
        heard = [told(stream)]
        claims(server, attacker, email)
        heard.append(told(stream))
        attacker.post(server, event("identify", traits={"plan": "free"}))
        attacker.post(server, event(context={"campaign": {"medium": "email"}}))
        heard.append(told(stream))
        assert heard[-1] == me(server, attacker)
    return heard


def test_the_stream_tells_the_same_whether_the_claimed_owner_is_here_or_not(server: Server) -> None:
    owner = victim(server, proven=True)

    heard = _heard(server, owner.email)

    assert heard == _heard(server, f"{new('nobody')}@victim.example")
    assert "gold" not in str(heard)


def test_the_stream_of_a_claimer_is_not_woken_by_what_the_owner_does(server: Server) -> None:
    owner, attacker = victim(server, proven=True), browser()
    attacker.post(server, event())
    claims(server, attacker, owner.email)
    with following(server, attacker) as stream:
        first = told(stream)
        owner.browser.post(server, event(context={"campaign": {"medium": "cpc"}}))
        attacker.post(server, event(context={"campaign": {"medium": "email"}}))
        second = told(stream)
    assert first != NOBODY
    assert set(second["audiences"]) - set(first["audiences"]) == {"from_email"}
