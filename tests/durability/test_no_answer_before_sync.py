"""Law 1, acknowledged is durable: seen in the server's system calls, as power loss would see it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.api import Api
from benchmarks.traffic import Traffic
from tests.durability import strace
from tests.durability.running import Running
from tests.durability.sync_log import read_log

REQUESTS = 40
PAGE = "4096"
CALLS = "trace=fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg"


def test_no_2xx_leaves_while_the_write_ahead_log_has_unsynced_events(running: Running, tmp_path: Path) -> None:
    api, traffic, log = Api(running.address), Traffic(returning_count=5), tmp_path / "strace.log"

    with strace.attached(running.pid, log, "-s", PAGE, "-e", CALLS):
        answers = [api.post("/v1/batch", traffic.body(count)) for count in range(1, REQUESTS + 1)]

    seen = read_log(log.read_text().splitlines(), traffic.mark)
    assert seen.early == []
    assert [answer["accepted"] for answer in answers] == list(range(1, REQUESTS + 1))
    assert min(seen.writes, seen.syncs, seen.answers) >= REQUESTS
