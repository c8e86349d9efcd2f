"""What every resolver of one request can reach: the engine, who asks, and the request's loaders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import strawberry

from engine.ports import Engine
from graphql_api.authorization import Caller, Server
from graphql_api.loaders import Loaders


@dataclass(frozen=True)
class Context:
    """One request."""

    engine: Engine
    caller: Caller

    @property
    def author(self) -> str | None:
        """Who writes: the name of the key that asks."""
        return self.caller.key.name if isinstance(self.caller, Server) else None

    @cached_property
    def loaders(self) -> Loaders:
        """Loads for this request only, made when first needed."""
        return Loaders(self.engine.profiles)


Info = strawberry.Info[Context, None]
