"""`rollcall keys create`: a key is printed once, alone, and works at once on a server that runs."""

from __future__ import annotations

import time

import pytest

from tests.cli.running import Folder
from tests.collector.wire import ask, event, post, soon
from tests.server import Server


@pytest.mark.parametrize(("kind", "prefix"), [("write", "wk_"), ("secret", "sk_"), ("console", "ct_")])
def test_a_key_is_printed_alone_and_kept_only_as_a_digest(folder: Folder, kind: str, prefix: str) -> None:
    key = folder.done("keys", "create", kind, "for a test").strip()

    assert key.startswith(prefix)
    assert len(key) > 30
    assert key.encode() not in b"".join(path.read_bytes() for path in folder.path.iterdir())


@pytest.mark.parametrize("kind", ["write", "secret"])
def test_a_server_that_runs_takes_a_new_key(server: Server, kind: str) -> None:
    key = Folder(server.database.parent).done("keys", "create", kind).strip()

    assert soon(lambda: post(server, "/v1/page", event(), Authorization=f"Bearer {key}").status == 200)


def test_a_console_key_takes_no_events(server: Server) -> None:
    key = Folder(server.database.parent).done("keys", "create", "console").strip()
    time.sleep(1.5)

    assert post(server, "/v1/page", event(), Authorization=f"Bearer {key}").status == 401
    assert ask(server, "GET", "/metrics", None, X_Real_IP="192.0.2.1", Authorization=f"Bearer {key}").status == 401
