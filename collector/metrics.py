"""What an operator watches, in Prometheus' form: how much comes in, how long it takes, what waits, who moves.

How many people are in an audience is the site's own business: that is told only to who brings a secret key."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.domain.lateness import BOUNDS
from engine.ports import Audiences, Engine, Ingest, Outcome, Submission
from engine.storage.sqlite import path_of

COMMIT_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
BATCH_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metrics:
    """Every metric of one process; a scrape reads them with `text`."""

    def __init__(self, engine: Engine) -> None:
        self.registry, self._sizes = CollectorRegistry(), CollectorRegistry()
        self.events = Counter("rollcall_events", "Events by what became of them.", ["result"], registry=self.registry)
        self.failures = Counter(
            "rollcall_failed_requests", "Requests refused as a whole, by reason.", ["code"], registry=self.registry
        )
        self.commit_seconds = Histogram(
            "rollcall_commit_seconds", "Time of one transaction.", buckets=COMMIT_SECONDS, registry=self.registry
        )
        self.membership_seconds = Histogram(
            "rollcall_event_to_membership_seconds",
            "Time from a request's events to their memberships, committed.",
            buckets=COMMIT_SECONDS,
            registry=self.registry,
        )
        self.batch_events = Histogram(
            "rollcall_batch_events", "Events in one transaction.", buckets=BATCH_EVENTS, registry=self.registry
        )
        self.inbox_events = Gauge("rollcall_inbox_events", "Events that wait for the disk.", registry=self.registry)
        self.live_streams = Gauge("rollcall_live_streams", "Pages that follow their visitor.", registry=self.registry)
        self.connections = Gauge("rollcall_connections", "Connections that are open.", registry=self.registry)
        self.registry.register(_OfTheEngine(engine))
        self._sizes.register(_Sizes(engine.audiences))
        ProcessCollector(registry=self.registry)

    def text(self, with_sizes: bool) -> bytes:
        """Give all of them in the text format, those of audiences only where they may be told."""
        return generate_latest(self.registry) + (generate_latest(self._sizes) if with_sizes else b"")


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


class _OfTheEngine(Collector):
    """What the engine counts itself, read when it is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._database = path_of(engine.settings.database)

    def collect(self) -> Iterator[Metric]:
        told = "Entries and exits; those caused by TIME were fired by alarms."
        changes = CounterMetricFamily("rollcall_membership_changes", told, labels=["transition", "cause"])
        for (transition, cause), count in list(self._engine.feed.moved.items()):
            changes.add_metric([transition, cause], count)
        yield changes
        yield from self._alarms()
        told = "Bytes of the database's files."
        yield GaugeMetricFamily("rollcall_database_bytes", told, value=sum(self._bytes()))

    def _alarms(self) -> Iterator[Metric]:
        lateness = self._engine.feed.lateness
        rang = HistogramMetricFamily("rollcall_alarm_late_seconds", "How late each alarm rang.")
        counts = accumulate(lateness.counts)
        rang.add_metric([], list(zip((*map(str, BOUNDS), "+Inf"), counts, strict=True)), lateness.seconds)
        yield rang
        overdue = lateness.behind(self._engine.clock.now())
        yield GaugeMetricFamily("rollcall_alarms_behind_seconds", "By how long the next alarm is overdue.", overdue)

    def _bytes(self) -> Iterator[int]:
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                yield self._database.with_name(self._database.name + suffix).stat().st_size


class _Sizes(Collector):
    """How many people are in each audience."""

    def __init__(self, audiences: Audiences) -> None:
        self._audiences = audiences

    def collect(self) -> Iterator[Metric]:
        members = GaugeMetricFamily("rollcall_audience_members", "Members of each audience.", labels=["audience"])
        for one in self._audiences.all():
            members.add_metric([one.slug], one.size)
        yield members
