"""The stand-in collector, empty for each test, and a browser that closes before it does."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.tag.recording import Collector, recording_collector


@pytest.fixture(scope="module")
def running_collector() -> Iterator[Collector]:
    """One server for the tests of a module."""
    with recording_collector() as collector:
        yield collector


@pytest.fixture
def collector(running_collector: Collector) -> Collector:
    """A collector that has seen nothing and has no page yet."""
    running_collector.clear()
    return running_collector


@pytest.fixture
def context(collector: Collector, context: BrowserContext) -> BrowserContext:
    """The visitor's browser, set up after the collector and so closed before it."""
    return context
