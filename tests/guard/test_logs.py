"""The log is for machines and names nobody."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from cli import logs
from tests.collector.wire import batch, event
from tests.durability import strace
from tests.server import Server, StartServer

NAMED = [
    "ada@example.com",
    "ADA+news@mail.example.co.uk",
    "'ada@example.com'",
    "{'email': 'ada@example.com'}",
    "https://shop.example/?email=ada%40example.com&x=1",
    "mailto:ada@example.com",
    "Ada <ada@bücher.example>",
]


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Put pytest's own handlers back."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def lines(server: Server) -> list[dict[str, object]]:
    return [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("text", NAMED)
def test_no_address_is_written(text: str) -> None:
    written = logs.redacted(f"It failed on {text} here")

    assert "<e-mail>" in written
    assert "ada" not in written.lower().replace("ada <<", "")
    assert written.endswith(" here")


def test_keys_are_cut_to_their_kind() -> None:
    assert logs.redacted("Bearer sk_abc-DEF_1 and wk_x") == "Bearer sk_… and wk_…"


@pytest.mark.usefixtures("logging_as_it_was")
def test_a_line_is_an_object_with_its_traceback_in_it() -> None:
    stream = io.StringIO()
    logs.begin(stream)

    try:
        raise ValueError("no place for ada@example.com")
    except ValueError:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=sys.exc_info())
    logging.getLogger("collector").info("%s wrote", "ada@example.com", extra={"fields": {"seconds": 1.5}})
    logging.getLogger("other").info("not ours")

    failed, told = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (failed["level"], failed["logger"]) == ("error", "uvicorn.error")
    assert failed["exception"].endswith("ValueError: no place for <e-mail>")
    assert (told["message"], told["seconds"]) == ("<e-mail> wrote", 1.5)


def test_a_server_tells_when_it_starts_stops_and_cannot_write(start_server: StartServer) -> None:
    server = start_server()

    with strace.failing(server.process.pid, server.database, "pwrite64", "ENOSPC"):
        assert batch(server, event()).status == 503
    assert batch(server, event()).status == 200
    server.stop()

    told = [(line["level"], str(line["message"]).partition(":")[0]) for line in lines(server)]
    assert told == [
        ("info", "Started."),
        ("error", "The storage fails, and requests are answered 503"),
        ("info", "The storage writes again."),
        ("info", "Stopping."),
        ("info", "Every request is answered."),
    ]
