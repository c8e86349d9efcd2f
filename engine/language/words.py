"""How names, texts and numbers are written in the language, and read back. Nothing of grammar."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from engine.language.dates import Shift
from engine.values import MILLISECONDS_A_DAY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

KEYWORDS = frozenset(
    [
        *("ALIAS", "AND", "AT", "BETWEEN", "CONTAINS", "DID", "EXACTLY", "EXISTS", "FALSE", "FILTER", "FROM", "IN"),
        *("INCLUDE", "INTERSECTS", "LAST", "LEAST", "LIKE", "LIMIT", "MATCH_ALL", "MOST", "NOT", "NULL", "OR", "TIME"),
        *("TIMES", "TIMEWINDOW", "TRUE", "WHERE", "WITH"),
    ]
)
_BARE = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_ESCAPE = re.compile(r"""\\([\\"'])""")


def read_name(text: str) -> tuple[str, ...]:
    """Split a name into its parts, without backticks; two backticks inside a part stand for one."""
    return tuple(quoted.replace("``", "`") or bare for quoted, bare in _PART.findall(text))


def write_name(parts: tuple[str, ...]) -> str:
    """Write a name, with backticks around the parts that need them."""
    return ".".join(_write_part(part, alone=len(parts) == 1) for part in parts)


def _write_part(part: str, alone: bool) -> str:
    if _BARE.fullmatch(part) and not (alone and part.upper() in KEYWORDS):
        return part
    return "`" + part.replace("`", "``") + "`"


def read_text(quoted: str) -> str:
    """Take off the quotes and undo escapes; a backslash before anything else is itself."""
    quote, inner = quoted[0], quoted[1:-1]
    pieces = _ESCAPE.split(inner)
    pieces[::2] = [piece.replace(quote * 2, quote) for piece in pieces[::2]]
    return "".join(pieces)


def write_text(text: str) -> str:
    """Put a text in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_number(number: float) -> str:
    """Write a number so that it reads back the same, whole ones without a point."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def write_shift(shift: Shift) -> str:
    """Write an instant relative to now, such as `now-30d`."""
    return f"now{shift.amount:+d}{shift.unit}" if shift.amount else "now"


def write_duration(shift: Shift) -> str:
    """Write a length of time, such as `30d`."""
    return f"{shift.amount}{shift.unit}"


def write_date(at: int) -> str:
    """Write an instant as ISO 8601 in UTC, no longer than it must be."""
    moment = _EPOCH + timedelta(milliseconds=at)
    if at % MILLISECONDS_A_DAY == 0:
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if at % 1000 else "seconds") + "Z"
