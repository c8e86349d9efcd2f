"""The reader of strace logs sees what it must: otherwise its silence would prove nothing."""

from __future__ import annotations

import pytest

from tests.durability.sync_log import read_log

TEXT = "event-"
WRITE = '7 pwrite64(9</data/r.db-wal>, "\\1\\2event-12\\3"..., 4096, 4152) = 4096'
OTHER_WRITE = '7 pwrite64(9</data/r.db-wal>, "\\1\\2"..., 4096, 4152) = 4096'
SYNC = "7 fdatasync(9</data/r.db-wal>) = 0"
FAILED_SYNC = "7 fdatasync(9</data/r.db-wal>) = -1 EIO (Input/output error)"
ANSWER = '6 write(12<socket:[77]>, "HTTP/1.1 200 OK\\r\\n"..., 250) = 250'
REFUSAL = '6 write(12<socket:[77]>, "HTTP/1.1 503 Service"..., 250) = 250'
SYNC_BEGINS = "7 fdatasync(9</data/r.db-wal> <unfinished ...>"
SYNC_ENDS = "7 <... fdatasync resumed>) = 0"
OTHER_FILE = "7 fdatasync(8</data/r.db>) = 0"


@pytest.mark.parametrize(
    "lines",
    [
        [WRITE, WRITE, SYNC, ANSWER],
        [WRITE, SYNC_BEGINS, SYNC_ENDS, ANSWER],
        [WRITE, REFUSAL, SYNC, ANSWER],
        [WRITE, FAILED_SYNC, REFUSAL],
        [WRITE, SYNC, OTHER_WRITE, ANSWER],
    ],
)
def test_an_answer_after_the_sync_is_in_time(lines: list[str]) -> None:
    assert read_log(lines, TEXT).early == []


@pytest.mark.parametrize(
    "lines",
    [
        [WRITE, ANSWER, SYNC],
        [WRITE, SYNC_BEGINS, ANSWER, SYNC_ENDS],
        [WRITE, SYNC, WRITE, ANSWER],
        [SYNC_BEGINS, WRITE, SYNC_ENDS, ANSWER],
        [WRITE, FAILED_SYNC, ANSWER],
        [WRITE, OTHER_FILE, ANSWER],
    ],
)
def test_an_answer_before_its_sync_is_found(lines: list[str]) -> None:
    assert read_log(lines, TEXT).early == [ANSWER]


def test_writes_syncs_and_answers_are_counted() -> None:
    log = read_log([WRITE, WRITE, SYNC, ANSWER, WRITE, SYNC_BEGINS, SYNC_ENDS, ANSWER, OTHER_WRITE, REFUSAL], TEXT)

    assert (log.writes, log.syncs, log.answers) == (3, 2, 2)
