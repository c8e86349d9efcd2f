"""Visits: runs of behaviour with no gap over 30 minutes. Adding and joining give the same runs in any order."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

VISIT_GAP = 30 * 60 * 1000


class Visit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One run: first and last instant in milliseconds, events in it, page views among them."""

    start: int
    end: int
    events: int
    page_views: int


Visits = tuple[Visit, ...]


def add(visits: Visits, at: int, page_view: bool) -> Visits:
    """Put one event in its run, uniting the runs that it bridges."""
    views = 1 if page_view else 0
    if visits and visits[-1].start <= at <= visits[-1].end + VISIT_GAP:
        last = visits[-1]
        return (*visits[:-1], Visit(last.start, max(last.end, at), last.events + 1, last.page_views + views))
    return join([visits, (Visit(at, at, 1, views),)])


def join(several: Iterable[Visits]) -> Visits:
    """Unite runs that overlap or lie within 30 minutes; counts add up."""
    runs = sorted((visit for visits in several for visit in visits), key=lambda visit: visit.start)
    united: list[Visit] = []
    for run in runs:
        if united and run.start <= united[-1].end + VISIT_GAP:
            last = united[-1]
            united[-1] = Visit(
                last.start, max(last.end, run.end), last.events + run.events, last.page_views + run.page_views
            )
        else:
            united.append(run)
    return tuple(united)
