"""What operators and their machines ask: alive, ready, counts, and the description of it all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.domain.lateness import Lateness
from tests.collector.wire import ask, batch, browser, event, locked, metrics, post, soon
from tests.durability import strace
from tests.server import CONSOLE_TOKEN, SECRET_KEY, WRITE_KEY, Server, StartServer

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"X_Forwarded_For": "192.0.2.1"}


def test_a_server_that_runs_is_alive_and_ready(server: Server) -> None:
    assert ask(server, "GET", "/healthz").json == {"status": "alive"}
    assert ask(server, "GET", "/readyz").json == {"status": "ready"}


def test_a_server_that_cannot_write_is_alive_but_not_ready_until_it_can(start_server: StartServer) -> None:
    server = start_server()

    with locked(server):
        unready, alive = ask(server, "GET", "/readyz"), ask(server, "GET", "/healthz")

    assert (unready.status, unready.json["status"], unready.headers["retry-after"]) == (503, "unavailable", "2")
    assert alive.status == 200
    assert soon(lambda: ask(server, "GET", "/readyz").status == 200)


def test_a_server_whose_disk_is_full_is_not_ready_until_there_is_room(start_server: StartServer) -> None:
    server = start_server()

    with strace.failing(server.process.pid, server.database, "pwrite64", "ENOSPC"):
        unready = ask(server, "GET", "/readyz")

    assert (unready.status, "full" in unready.json["message"]) == (503, True)
    assert soon(lambda: ask(server, "GET", "/readyz").status == 200)


def test_metrics_count_what_comes_in_and_who_moves(server: Server) -> None:
    before, sent, visitor = metrics(server), event(), browser()

    batch(server, sent, event(), event("nonsense"))
    batch(server, sent)
    batch(server, context=7)
    visitor.post(server, event())
    server.advance(2 * 86_400)

    grown = {key: value - before.get(key, 0) for key, value in metrics(server).items()}
    assert [grown["rollcall_events_total", what] for what in ("accepted", "duplicate", "rejected")] == [3, 1, 1]
    assert grown["rollcall_failed_requests_total", "invalid_value"] == 1
    assert grown["rollcall_commit_seconds_count",] == grown["rollcall_batch_events_count",] == 3
    assert grown["rollcall_batch_events_sum",] == 4
    assert grown["rollcall_event_to_membership_seconds_count",] == 3
    assert grown["rollcall_membership_changes_total", "EVENT", "ENTERED"] > 3
    assert grown["rollcall_membership_changes_total", "TIME", "EXITED"] >= 3
    assert grown["rollcall_audience_members", "all"] == 3


def test_the_sizes_of_audiences_are_told_only_with_a_secret_key(server: Server) -> None:
    without = ask(server, "GET", "/metrics").body
    with_key = ask(server, "GET", "/metrics", Authorization=f"Bearer {SECRET_KEY}").body

    assert b"rollcall_audience_members" not in without
    assert b'rollcall_audience_members{audience="all"}' in with_key
    assert b"rollcall_events_total" in without


def test_an_alarm_that_rings_is_counted_by_how_late_it_is(server: Server) -> None:
    browser().post(server, event())
    before = metrics(server)

    server.advance(2 * 86_400)

    after = metrics(server)
    assert after["rollcall_alarm_late_seconds_count",] > before["rollcall_alarm_late_seconds_count",]
    assert after["rollcall_alarm_late_seconds_bucket", "+Inf"] == after["rollcall_alarm_late_seconds_count",]
    assert after["rollcall_alarms_behind_seconds",] < 5
    assert after["rollcall_database_bytes",] > 100_000


def test_every_metric_of_ours_is_explained(server: Server) -> None:
    explained = set(re.findall(r"`(rollcall_[a-z_]+)", (ROOT / "docs" / "running.md").read_text()))
    told = ask(server, "GET", "/metrics", Authorization=f"Bearer {SECRET_KEY}").body.decode()

    kinds = re.findall(r"^# TYPE (rollcall_\w+) (\w+)$", told, re.MULTILINE)
    assert explained == {name for name, kind in kinds if not name.endswith("_created")}


def test_lateness_falls_into_the_bounds_it_does_not_exceed() -> None:
    lateness = Lateness()

    lateness.note([0, 900, 995, 1_000, 1_001], now=1_000)

    assert (lateness.counts[0], lateness.counts[4], lateness.counts[7]) == (3, 1, 1)
    assert sum(lateness.counts) == 5
    assert lateness.seconds == pytest.approx(1.105)
    assert (lateness.behind(7), Lateness(next_at=1_000).behind(3_500)) == (0, 2.5)


def test_the_inbox_shows_what_waits(server: Server) -> None:
    assert metrics(server)["rollcall_inbox_events",] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        (ELSEWHERE, 401),
        ({"X_Real_IP": "192.0.2.1"}, 401),
        (ELSEWHERE | {"Authorization": f"Bearer {WRITE_KEY}"}, 403),
        (ELSEWHERE | {"Authorization": f"Bearer {CONSOLE_TOKEN}"}, 401),
        (ELSEWHERE | {"Authorization": f"Bearer {SECRET_KEY}"}, 200),
        (ELSEWHERE | {"Authorization": f"Bearer {SECRET_KEY}", "Origin": "https://x.example"}, 403),
    ],
)
def test_metrics_are_for_this_machine_or_with_a_secret_key(
    server: Server, headers: dict[str, str], status: int
) -> None:
    assert ask(server, "GET", "/metrics", None, **headers).status == status


def test_the_clock_moves_only_with_a_secret_key(server: Server) -> None:
    body = {"seconds": 1}

    assert post(server, "/v1/simulation/advance", body).status == 403
    assert post(server, "/v1/simulation/advance", body, Authorization="Bearer sk_wrong").status == 401
    assert post(server, "/v1/simulation/advance", body, Authorization=f"Bearer {SECRET_KEY}").status == 200


@pytest.mark.parametrize("seconds", [0, -1, 1.5, True, "60", None, 10**12])
def test_the_clock_moves_by_whole_seconds_onwards(server: Server, seconds: object) -> None:
    answer = post(server, "/v1/simulation/advance", {"seconds": seconds}, Authorization=f"Bearer {SECRET_KEY}")

    assert (answer.status, answer.json["error"]["path"]) == (400, "seconds")


def test_a_real_clock_cannot_be_moved(start_server: StartServer) -> None:
    answer = post(start_server(), "/v1/simulation/advance", {"seconds": 1}, Authorization=f"Bearer {SECRET_KEY}")

    assert (answer.status, answer.error) == (404, "not_found")
