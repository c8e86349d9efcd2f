"""`rollcall serve`: listens, shows new keys once, takes no port that is taken, and leaves in order."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import Folder
from tests.collector.wire import ask, event, post
from tests.server import Server, StartServer

NO_KEYS = {"ROLLCALL_WRITE_KEY": "", "ROLLCALL_SECRET_KEY": "", "ROLLCALL_CONSOLE_TOKEN": ""}


@pytest.fixture(scope="module")
def keyless(start_server: StartServer) -> Server:
    """Give a server that was given no keys."""
    return start_server(cold=True, **NO_KEYS)


def shown(log: str) -> list[str]:
    return [line.rsplit(" ", 1)[1] for line in log.splitlines() if "shown this once" in line]


def keys(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT kind, name FROM keys ORDER BY kind, name").fetchall()


def page_key(server: Server) -> str:
    return ask(server, "GET", "/").body.decode().split('data-write-key="')[1].split('"')[0]


def test_the_first_start_makes_keys_and_shows_them_once(keyless: Server) -> None:
    first = shown(keyless.log)
    write, secret, console = first

    assert (write[:3], secret[:3], console[:3]) == ("wk_", "sk_", "ct_")
    assert post(keyless, "/v1/page", event(), Authorization=f"Bearer {write}").status == 200
    assert post(keyless, "/v1/page", event(), Authorization=f"Bearer {secret}").status == 200
    keyless.restart()
    assert shown(keyless.log) == first


def test_however_often_it_starts_the_demo_site_keeps_its_one_key(keyless: Server) -> None:
    key, before = page_key(keyless), keys(keyless.database)

    keyless.restart()

    assert page_key(keyless) == key
    assert keys(keyless.database) == before
    assert [name for _, name in before].count("demo site") == 1
    assert post(keyless, "/v1/page", event(), Authorization=f"Bearer {key}").status == 200


def test_keys_that_are_given_are_not_shown_and_serve_the_demo_too(server: Server) -> None:
    assert shown(server.log) == []
    assert page_key(server) == "wk_test"
    assert keys(server.database) == []


def test_a_port_that_is_taken_is_said_before_anything_is_touched(folder: Folder) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        ran = folder.run("serve", "--port", str(other.getsockname()[1]))

    assert (ran.code, ran.out) == (2, "")
    assert "Address already in use. Choose others with --host and --port." in ran.said
    assert not folder.database.exists()


def test_an_ipv6_address_is_shown_in_brackets(start_server: StartServer) -> None:
    server = start_server("--host", "::1")

    assert server.address.startswith("http://[::1]:")
    assert server.get("/healthz") == {"status": "alive"}


def test_a_rate_that_makes_no_sense_is_said(folder: Folder) -> None:
    ran = folder.run("serve", "--port", "0", ROLLCALL_RATE_LIMIT="fast")

    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert "rate_limit is `off` or a number" in ran.said


@pytest.mark.parametrize("path", ["/", "/console/", "/tag.js", "/healthz", "/openapi.json", "/v1/me"])
def test_everything_is_served_in_one_process(server: Server, path: str) -> None:
    assert ask(server, "GET", path).status in (200, 303)
