"""How the tests talk to a server: as a device with its tag, or as a server with its key."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2

from engine.domain.visitors import anonymous_id

_NUMBERS = count(1)


@dataclass(frozen=True)
class Asker:
    """Asks GraphQL with one authorization, or none."""

    address: str
    authorization: str | None = None

    def answer(self, query: str, operation_name: str | None = None, **variables: Any) -> Any:
        """Ask, and give the whole answer."""
        headers = {"Authorization": self.authorization} if self.authorization else {}
        body = {"query": query, "variables": variables, "operationName": operation_name}
        return httpx2.post(f"{self.address}/graphql", json=body, headers=headers).json()

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask what must be answered without errors, and give the data."""
        answer = self.answer(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def codes(self, query: str, **variables: Any) -> set[str]:
        """Ask what must fail, and give the codes of the errors."""
        return {error["extensions"]["code"] for error in self.answer(query, **variables)["errors"]}


@dataclass(frozen=True)
class Device:
    """A browser with the tag: its secret, the id derived from it, and what it does."""

    address: str
    secret: str = field(default_factory=lambda: f"a-secret-of-a-device-{next(_NUMBERS)}".ljust(43, "x"))

    @property
    def anonymous_id(self) -> str:
        """Give the id that the secret proves."""
        return anonymous_id(self.secret) or ""

    @property
    def asker(self) -> Asker:
        """Ask as this device, with proof."""
        return Asker(self.address, f"Visitor {self.secret}")

    def send(self, **event: Any) -> None:
        """Send one event, as the tag does."""
        numbered = {"messageId": f"m{next(_NUMBERS)}", "anonymousId": self.anonymous_id, **event}
        body = {"writeKey": "wk_test", "visitorSecret": self.secret, "batch": [numbered]}
        answer = httpx2.post(f"{self.address}/v1/batch", json=body).raise_for_status().json()
        assert answer["accepted"] == 1, answer

    def views(self, url: str = "https://shop.example/", **properties: Any) -> None:
        """View a page."""
        self.send(type="page", properties={"url": url, **properties})

    def tracks(self, event: str, **properties: Any) -> None:
        """Do something with a name."""
        self.send(type="track", event=event, properties=properties)

    def identifies(self, **traits: Any) -> None:
        """Tell who this is."""
        self.send(type="identify", traits=traits)
