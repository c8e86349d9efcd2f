"""What an operator watches, in Prometheus' form: how much comes in, how long commits take, what waits, who moves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.ports import Audiences, Feed, Ingest, Outcome, Submission

COMMIT_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
BATCH_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metrics:
    """Every metric of one process; a scrape reads them with `text`."""

    def __init__(self, audiences: Audiences, feed: Feed) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter("rollcall_events", "Events by what became of them.", ["result"], registry=self.registry)
        self.failures = Counter(
            "rollcall_failed_requests", "Requests refused as a whole, by reason.", ["code"], registry=self.registry
        )
        self.commit_seconds = Histogram(
            "rollcall_commit_seconds", "Time of one transaction.", buckets=COMMIT_SECONDS, registry=self.registry
        )
        self.batch_events = Histogram(
            "rollcall_batch_events", "Events in one transaction.", buckets=BATCH_EVENTS, registry=self.registry
        )
        self.inbox_events = Gauge("rollcall_inbox_events", "Events that wait for the disk.", registry=self.registry)
        self.connections = Gauge("rollcall_connections", "Connections that are open.", registry=self.registry)
        self.registry.register(_Memberships(audiences, feed))
        ProcessCollector(registry=self.registry)

    def text(self) -> bytes:
        """Give all of them in the text format."""
        return generate_latest(self.registry)


class Measured:
    """An ingest that is measured."""

    def __init__(self, ingest: Ingest, metrics: Metrics) -> None:
        self._ingest = ingest
        self._metrics = metrics
        self._accepted, self._duplicate, self._rejected = (
            metrics.events.labels(result) for result in ("accepted", "duplicate", "rejected")
        )

    async def ingest(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Store all of them, and count what became of them after the commit."""
        begun = time.perf_counter()
        outcomes = await self._ingest.ingest(submissions)
        self._metrics.commit_seconds.observe(time.perf_counter() - begun)
        self._metrics.batch_events.observe(sum(len(one.events) for one in submissions))
        self._accepted.inc(sum(one.accepted for one in outcomes))
        self._duplicate.inc(sum(one.duplicate for one in outcomes))
        self._rejected.inc(sum(len(one.refusals) for one in submissions))
        return outcomes


class _Memberships(Collector):
    """What the engine counts itself, read when it is asked for."""

    def __init__(self, audiences: Audiences, feed: Feed) -> None:
        self._audiences = audiences
        self._feed = feed

    def collect(self) -> Iterator[Metric]:
        told = "Entries and exits; those caused by TIME were fired by alarms."
        changes = CounterMetricFamily("rollcall_membership_changes", told, labels=["transition", "cause"])
        for (transition, cause), count in list(self._feed.moved.items()):
            changes.add_metric([transition, cause], count)
        members = GaugeMetricFamily("rollcall_audience_members", "Members of each audience.", labels=["audience"])
        for one in self._audiences.all():
            members.add_metric([one.slug], one.size)
        yield changes
        yield members
