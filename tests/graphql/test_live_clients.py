"""The examples of docs/graphql.md under “Live” run, with npm's own clients of both protocols, against a real server."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.graphql.asking import Device
from tests.graphql.following import CHANGES, socket_to, told
from tests.graphql.test_docs import PAGE
from tests.server import SECRET_KEY

CLIENTS = Path(__file__).parent / "clients"
LIVE = PAGE.split("## Live\n")[1].split("\n## ")[0]
PROGRAMS = {re.findall(r"from '(.*?)'", text)[0]: text for text in re.findall(r"```js\n(.*?)```", LIVE, re.DOTALL)}
(COMMAND,) = re.findall(r"```sh\n(.*?)```", LIVE, re.DOTALL)
BROWSER = """import {{ WebSocket }} from 'ws';
globalThis.WebSocket = WebSocket;
const kept = {kept};
globalThis.localStorage = {{ getItem: (name) => kept[name], setItem: (name, text) => {{ kept[name] = text; }} }};
const show = (change) => console.log(JSON.stringify(change));
"""


@pytest.fixture(scope="module")
def node() -> str:
    """Find Node.js, and install the clients of package-lock.json where they are missing."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.fail("Node.js is needed for this test: `apt-get install nodejs npm`.", pytrace=False)
    lock = CLIENTS / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one worker at a time
        installed = CLIENTS / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            subprocess.run([npm, "ci", "--ignore-scripts"], cwd=CLIENTS, check=True, capture_output=True, timeout=120)
    return found


@contextmanager
def running(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        words, cwd=CLIENTS, env=os.environ | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr and process.stderr.read()
    return line


@pytest.mark.parametrize("client", PROGRAMS)
def test_a_real_client_resumes_and_goes_on(address: str, node: str, client: str) -> None:
    device = Device(address)
    with socket_to(address, f"Visitor {device.secret}") as socket:
        socket.subscribe(CHANGES)
        device.views()
        cursor = socket.next()["cursor"]
        missed = told(socket.next())
    kept = {"rollcall.secret": device.secret, "my.cursor": cursor}
    host = address.removeprefix("http://")
    program = PROGRAMS[client].replace("wss://rollcall.example", f"ws://{host}")
    program = program.replace("https://rollcall.example", address)

    with running(node, "--input-type=module", "-e", BROWSER.format(kept=json.dumps(kept)) + program) as process:
        resumed = told(json.loads(line_of(process)))
        device.identifies(email=f"{client}@clients.example")
        while told(json.loads(line_of(process))) != "ENTERED known_users EVENT":
            pass

    assert resumed == missed


def test_curl_follows_an_audience(address: str) -> None:
    environment: dict[str, Any] = {"ROLLCALL": address, "ROLLCALL_SECRET_KEY": SECRET_KEY}
    with running("bash", "-c", "exec " + COMMAND, **environment) as process:
        while line_of(process).strip() != ":":
            pass
        Device(address).identifies(email="curl@clients.example")
        while not (line := line_of(process)).startswith("data:"):
            pass

    assert json.loads(line[5:])["data"]["audienceUpdated"]["slug"] == "known_users"
