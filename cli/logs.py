"""What the server logs: one JSON object a line for machines, plain lines on a terminal; never anybody's address or key.

Standard logging with a formatter of its own: uvicorn and asyncio log that way too, so all of it takes one road."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

OURS = ("engine", "collector", "graphql_api", "console", "demo_site", "cli", "rollcall")
PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_EMAIL = re.compile(r"[^\s@\"'<>()\[\]{},;:=]{1,64}(?:@|%40)[^\s@\"'<>()\[\]{},;:=&]{1,255}")
_KEY = re.compile(r"\b(wk|sk|ct|ik)_[\w-]+")


def redacted(text: str) -> str:
    """Take e-mail addresses and keys out of a text; messages of errors quote what they failed on."""
    return _KEY.sub(r"\1_…", _EMAIL.sub("<e-mail>", text))


class Plain(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__(PLAIN)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record, with its traceback below it."""
        return redacted(super().format(record))


class Structured(logging.Formatter):
    """Lines for machines: `time`, `level`, `logger`, `message`, `exception` if there is one, and what `extra` says."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line of JSON."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        said |= getattr(record, "fields", {})
        if record.exc_info:
            said["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)


def begin(stream: TextIO = sys.stderr) -> None:
    """Let everything in this process log to a stream: what we say ourselves, and the warnings of what we stand on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Plain() if stream.isatty() else Structured())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
