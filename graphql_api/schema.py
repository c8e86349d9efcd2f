"""The schema as a whole. `python -m graphql_api.schema` prints it; graphql_api/schema.graphql is that print."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from graphql_api.mutation import Mutation
from graphql_api.query import Query
from graphql_api.scalars import SCALARS
from graphql_api.subscription import Subscription
from graphql_api.user_error import DefinitionError, InputError


def build_schema() -> strawberry.Schema:
    """Build the schema."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[InputError, DefinitionError],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


if __name__ == "__main__":
    print(build_schema().as_str())
