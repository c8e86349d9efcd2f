"""People for `rollcall import`: a JSON line for who they are and one for a page they read some time ago."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.traffic import SOURCES, TOPICS

DAYS = 90


def write(path: Path, count: int) -> Path:
    """Write the events of `count` people, two lines each."""
    chance = random.Random(count)
    with path.open("w") as lines:
        for number in range(count):
            for event in events(chance, number):
                lines.write(json.dumps(event) + "\n")
    return path


def events(chance: random.Random, number: int) -> Iterator[dict[str, Any]]:
    """Give the two events of one person."""
    at = datetime.now(UTC) - timedelta(minutes=chance.randrange(1, DAYS * 24 * 60))
    topic, source = chance.choice(TOPICS), chance.choice(SOURCES)
    address = f"https://magazine.example/{topic}/{number % 50}" + (f"?utm_source={source}" if source else "")
    shared = {"anonymousId": f"imported-{number}", "timestamp": at.isoformat()}
    traits = {"email": f"imported{number}@example.com", "plan": f"plan{number % 5}", "city": f"city{number % 200}"}
    yield shared | {"type": "identify", "messageId": f"i-{number}", "traits": traits}
    yield shared | {
        "type": "page",
        "messageId": f"p-{number}",
        "context": {"page": {"url": address, "title": f"All about {topic}"}, "topics": {topic: 1}},
    }
