"""`rollcall export` and `rollcall erase`, alone and beside a server."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import COMMAND, Folder
from tests.server import Server, StartServer

ADA, BO = "ada.lovelace@example.com", "bo@example.com"
LINES: list[dict[str, Any]] = [
    {
        "type": "identify",
        "anonymousId": "ada-phone",
        "userId": "customer-4711",
        "traits": {"email": ADA, "plan": "pro"},
    },
    {"type": "page", "anonymousId": "ada-phone"},
    {"type": "track", "event": "Order", "userId": "bo", "properties": {"email": BO, "referred_by": ADA}},
]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with two people; making one takes a second, so that it is copied."""
    folder = Folder(tmp_path_factory.mktemp("imported"))
    folder.done("import", str(folder.write("events.jsonl", LINES)))
    return folder.database


@pytest.fixture
def folder(imported: Path, tmp_path: Path) -> Folder:
    shutil.copy(imported, tmp_path)
    return Folder(tmp_path)


def files_with(folder: Path, text: str) -> list[str]:
    return [one.name for one in folder.iterdir() if text.encode() in one.read_bytes()]


@pytest.mark.parametrize("who", ["customer-4711", "profile:1"])
def test_an_export_is_json_of_whoever_is_named(folder: Folder, who: str) -> None:
    told = json.loads(folder.done("export", who))

    assert (told["profile"]["email"], told["attributes"]["plan"]["value"], len(told["events"])) == (ADA, "pro", 2)


def test_an_erasure_tells_what_goes_and_nothing_is_left(folder: Folder) -> None:
    ran = folder.run("erase", ADA, "--yes")

    assert ran.code == 0, ran
    assert f"2 events, known by anonymous_id ada-phone email {ADA} user_id customer-4711" in ran.said
    assert "Erased, with 2 events; what named them was replaced in 1 event of others." in ran.said
    assert files_with(folder.path, "ada.lovelace") == []
    assert folder.run("export", ADA).code == 2
    assert "Live equals recomputed." in folder.done("rebuild", "--check")


def test_an_audience_that_names_the_person_is_told(folder: Folder) -> None:
    rules = f'[friends]\nname = "Friends"\ndefinition = \'FILTER email = "{ADA}"\'\n'
    (folder.path / "audiences.toml").write_text(rules)
    folder.done("audiences", "apply", "audiences.toml")

    assert "The audience friends still names them" in folder.run("erase", ADA, "--yes").said


def test_without_a_terminal_only_yes_erases(folder: Folder) -> None:
    ran = folder.run("erase", ADA)

    assert (ran.code, "add --yes" in ran.said) == (2, True)


@pytest.mark.parametrize(("typed", "code"), [(ADA, 0), ("yes", 2)])
def test_in_a_terminal_the_name_must_be_typed(folder: Folder, typed: str, code: int) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "erase", ADA], cwd=folder.path, env=folder.variables(), stdin=slave, stderr=subprocess.DEVNULL
    ) as process:
        os.write(master, f"{typed}\n".encode())
        assert process.wait(60) == code
    os.close(master)
    os.close(slave)

    assert bool(files_with(folder.path, ADA)) is (code != 0)


def test_a_server_beside_it_knows_at_once_and_prints_nothing_of_it(start_server: StartServer) -> None:
    server: Server = start_server()
    beside = Folder(server.database.parent, {"ROLLCALL_DATABASE": f"sqlite:///{server.database}"})
    for line in LINES:
        server.post(f"/v1/{line['type']}", line)
    query = 'query ($by: ProfileByInput!) { profile(by: $by) { id } audience(by: {slug: "all"}) { size } }'
    by = {"identity": {"namespace": "email", "value": ADA}}
    assert server.graphql(query, by=by)["profile"]

    beside.done("erase", ADA, "--yes")

    late = {**LINES[1], "timestamp": "2020-01-01T00:00:00Z", "messageId": "late"}
    assert server.post("/v1/page", late)["duplicate"] == 1
    assert server.graphql(query, by=by) == {"profile": None, "audience": {"size": 1}}
    assert server.post("/v1/page", LINES[1])["accepted"] == 1
    assert files_with(server.database.parent, "ada.lovelace") == []
    assert "Live equals recomputed." in beside.done("rebuild", "--check")
    assert ADA not in server.log
