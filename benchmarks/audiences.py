"""Audiences of the kinds people make, as many as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

from benchmarks.api import Api
from benchmarks.traffic import TOPICS

THREE_TESTS = 'score_momentum > 50 AND score_frequency < 25 AND utm_sources INTERSECTS ("newsletter")'


def definitions() -> Iterator[str]:
    """Give definitions without end: scores, interests, origins, time windows, counts and traits in turn."""
    for step in count():
        topic, days, level = TOPICS[step % len(TOPICS)], 1 + step % 90, step % 100
        yield f"affinity.{topic} > 0.{level:02d}"
        yield f"score_momentum > {level} AND score_frequency < {100 - level}"
        yield f'last_visit_at > "now-{days}d" AND visit_count >= {1 + step % 7}'
        yield f'utm_sources INTERSECTS ("newsletter", "source{step}") AND page_view_count > {step % 40}'
        yield f"EXISTS email AND page_view_count BETWEEN {step} AND {step + 20}"
        yield f'first_seen_at < "now-{days}d" AND NOT devices INTERSECTS ("mobile")'
        yield f'referrer_domains INTERSECTS ("www.google.com", "site{step}.example") OR score_recency > {level}'
        yield f'plan = "plan{step % 5}" AND event_count > {step}'


def ensure(api: Api, total: int) -> None:
    """Make audiences until there are `total`, those of the first start included, and wait until all are built."""
    missing = max(0, total - len(api.audiences()))
    for number, definition in enumerate(islice(definitions(), missing)):
        api.create_audience(f"Benchmark {number}", definition)
    api.wait_until_built()
