"""Clients that do not behave: they send any bytes, in pieces, slowly, or not to the end."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import closing
from urllib.parse import urlsplit

from tests.server import Server

GET = b"GET /healthz HTTP/1.1\r\nHost: rollcall.example\r\n"
RESET = struct.pack("ii", 1, 0)


def half_a_post(path: str, media_type: str = "application/json") -> bytes:
    """Give a request whose body never comes to its end."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: rollcall.example\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Type: {media_type}\r\nContent-Length: 1000\r\n\r\n{{"
    ).encode()


def connected(server: Server) -> socket.socket:
    """Open a connection."""
    address = urlsplit(server.address)
    assert address.hostname is not None
    return socket.create_connection((address.hostname, address.port or 0), timeout=15)


def answer(connection: socket.socket) -> bytes:
    """Read until the server hangs up."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def is_cut(connection: socket.socket) -> bool:
    """Tell whether the server hangs up, in order or not."""
    try:
        return not answer(connection)
    except ConnectionResetError:
        return True


def tell(server: Server, *pieces: bytes, pause: float = 0) -> tuple[int, bytes]:
    """Send pieces with pauses between them; gives status and body of the answer, 0 where there is none."""
    with closing(connected(server)) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        head, _, body = answer(connection).partition(b"\r\n\r\n")
    return int(head[9:12] or 0), body


def hang_up(connection: socket.socket, by_reset: bool) -> None:
    """Close a connection, in order or by a reset as a phone that loses its network does."""
    if by_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
