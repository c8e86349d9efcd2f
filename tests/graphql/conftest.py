"""One server for the tests of a module, asked as a server with its key or as a device."""

from __future__ import annotations

import pytest

from tests.graphql.asking import Asker, Device
from tests.server import SECRET_KEY, Server


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    return server.address


@pytest.fixture(scope="module")
def server_key(address: str) -> Asker:
    return Asker(address, f"Bearer {SECRET_KEY}")


@pytest.fixture(scope="module")
def visitor(address: str) -> Device:
    """Give a device that has viewed one page."""
    device = Device(address)
    device.views()
    return device
