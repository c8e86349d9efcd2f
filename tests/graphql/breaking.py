"""What the schema breaks for those who use the last release: `python -m tests.graphql.breaking`, by `make check`.

released.graphql is the schema of the last release (until there is one, of the day on which this was begun); whoever
releases copies graphql_api/schema.graphql there. A break is allowed where the changelog's Unreleased section names it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from graphql import BreakingChange, build_schema, find_breaking_changes

import graphql_api

RELEASED = Path(__file__).parent / "released.graphql"
SERVED = Path(graphql_api.__file__).parent / "schema.graphql"
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def unannounced(released: str, served: str, changelog: str) -> list[BreakingChange]:
    """Give the breaking changes whose field or type the newest section of the changelog does not name."""
    newest = re.split(r"^## ", changelog, flags=re.MULTILINE)[1]
    changes = find_breaking_changes(build_schema(released), build_schema(served))
    return [change for change in changes if _name(change) not in newest]


def _name(change: BreakingChange) -> str:
    """Give what changed, such as `Audience.size`: the first word of that form, or of a capital letter."""
    found = re.search(r"\w+\.\w+", change.description) or re.search(r"\b[A-Z]\w+", change.description)
    return found[0] if found else change.description


if __name__ == "__main__":
    breaks = unannounced(RELEASED.read_text(), SERVED.read_text(), CHANGELOG.read_text())
    for one in breaks:
        print(f"breaks the last release, and CHANGELOG.md does not say so: {one.description}")
    sys.exit(1 if breaks else 0)
