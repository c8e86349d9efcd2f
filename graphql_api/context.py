"""What every resolver of one request can reach: the engine, who asks, and the request's loaders."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property

import strawberry

from engine.ports import Engine
from graphql_api.authorization import Caller, Server
from graphql_api.live import Live
from graphql_api.loaders import Loaders


@dataclass(slots=True)
class Following:
    """What a subscription holds while it runs."""

    live: Live
    held: AsyncExitStack = field(default_factory=AsyncExitStack)
    """Closed when the subscription ends, however it does."""
    cursor: str | None = None
    """From where to resume."""


@dataclass(frozen=True)
class Context:
    """One request."""

    engine: Engine
    caller: Caller
    following: Following | None = None
    """Set for a subscription."""

    @property
    def author(self) -> str | None:
        """Who writes: the name of the key that asks."""
        return self.caller.key.name if isinstance(self.caller, Server) else None

    @cached_property
    def loaders(self) -> Loaders:
        """Loads for this request only, made when first needed."""
        return Loaders(self.engine.profiles)


Info = strawberry.Info[Context, None]
