"""Finding out who is here: an attacker who writes down all that he is told, and worlds in which those whom he names are
here in one way or another, or are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.collector.wire import Browser, batch, browser, event, new
from tests.security.people import by_server, claims, hint, own_view, victim
from tests.server import Server

MERGE = (
    "mutation ($into: ProfileByInput!, $from: ProfileByInput!)"
    " { mergeProfiles(into: $into, from: $from) { userErrors { code } } }"
)
Script: TypeAlias = Callable[["Attacker"], None]


@dataclass
class Attacker:
    """Somebody who says names of others, and writes down all that he is told."""

    server: Server
    emails: list[str]
    accounts: list[str]
    first: Browser = field(default_factory=browser)
    second: Browser = field(default_factory=browser)
    told: list[Any] = field(default_factory=list)
    looks: bool = True
    """Whether he looks at himself after each thing that he does."""

    def says(
        self, email: int | None = None, account: int | None = None, who: Browser | None = None, **more: Any
    ) -> None:
        """Claim the address, or the account, of one of the people."""
        named = {} if account is None else {"userId": self.accounts[account]}
        who = who or self.first
        answer = claims(self.server, who, None if email is None else self.emails[email], **named, **more)
        self.told += [answer.status, answer.json]
        self.look(who)

    def views(self, who: Browser | None = None) -> None:
        """View a page."""
        who = who or self.first
        self.told.append(who.post(self.server, event()).json)
        self.look(who)

    def look(self, who: Browser) -> None:
        """Ask who he is, if he does."""
        if self.looks:
            self.told += [who.post(self.server).json, own_view(self.server, who)]

    def logs_in(self, email: int | None = None, account: int | None = None, device: str | None = None) -> None:
        """Let a server say who he is: on a device, or that it knows him."""
        named = {} if account is None else {"userId": self.accounts[account]}
        traits = {} if email is None else {"email": self.emails[email]}
        by_server(self.server, event("identify", anonymousId=device, traits=traits, **named))

    @property
    def devices(self) -> tuple[Browser, Browser]:
        """All that he has."""
        return self.first, self.second

    @property
    def notes(self) -> str:
        """All that he was told, without what tells who it is about."""
        return hint(self.told, *self.emails, *self.accounts, self.first.id, self.second.id)


def nobody(server: Server) -> tuple[str, str]:
    """Give names that nobody here has."""
    word = new("private")
    return f"{word}@victim.example", f"{word}-id"


def a_claimed_person(server: Server) -> tuple[str, str]:
    """Give the names of somebody whose device only claims them."""
    email, account = nobody(server)
    claims(server, browser(), email, userId=account)
    return email, account


def a_proven_person(server: Server) -> tuple[str, str]:
    """Give the names of somebody whom servers know."""
    who = victim(server, proven=True)
    return who.email, who.user_id


def an_address_alone(server: Server) -> tuple[str, str]:
    """Give an address that is here, and an account that is not."""
    email, account = nobody(server)
    claims(server, browser(), email)
    return email, account


def an_account_alone(server: Server) -> tuple[str, str]:
    """Give an account that is here, and an address that is not."""
    email, account = nobody(server)
    claims(server, browser(), userId=account)
    return email, account


def one_with_too_many_devices(server: Server) -> tuple[str, str]:
    """Give the names of somebody whose places for devices are all taken."""
    email, account = a_proven_person(server)
    batch(server, *(event("identify", anonymousId=new("crowd"), traits={"email": email}) for _ in range(50)))
    return email, account


def one_whose_address_is_claimed(server: Server) -> tuple[str, str]:
    """Give the names of somebody whose account is proven, and whose address only a page has said."""
    email, account = nobody(server)
    device = browser()
    by_server(server, event("identify", anonymousId=device.id, userId=account))
    claims(server, device, email)
    return email, account


def a_merged_person(server: Server) -> tuple[str, str]:
    """Give the names of somebody whose address and account a server has brought together."""
    email, account = nobody(server)
    by_server(server, *(event("identify", anonymousId=None, **named) for named in ({"userId": account}, _with(email))))
    asked = {"into": {"email": email}, "from": {"identity": {"namespace": "user_id", "value": account}}}
    assert server.graphql(MERGE, **asked)["mergeProfiles"]["userErrors"] == []
    return email, account


def _with(email: str) -> dict[str, Any]:
    return {"traits": {"email": email}}


def a_person_written_down(server: Server) -> tuple[str, str]:
    """Give the names of somebody whom a server has told of."""
    email, account = nobody(server)
    by_server(server, event("identify", userId=account, traits={"email": email}))
    return email, account


World: TypeAlias = Callable[[Server], tuple[str, str]]
WORLDS: list[World] = [
    *(a_claimed_person, a_proven_person, an_address_alone, an_account_alone, one_with_too_many_devices),
    *(one_whose_address_is_claimed, a_merged_person),
]


def play(server: Server, script: Script, *worlds: World) -> str:
    """Play a script about people of these worlds; the attacker has a name of his own, which is the last."""
    people = [world(server) for world in worlds] + [nobody(server)]
    attacker = Attacker(server, [email for email, _ in people], [account for _, account in people])
    script(attacker)
    return attacker.notes
