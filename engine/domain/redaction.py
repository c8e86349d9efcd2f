"""What an erased person was known by, taken out of what others told: e-mail addresses in any spelling, ids exactly.

An address is found anywhere in a text, in any case, also as addresses of pages spell it (`%40`, `%2540`), but not
within another, longer address. An id is replaced where it is a whole value; within a text only from 8 characters on: a
shorter one, such as `4711`, is far more often a price or a page number than this person, and what others told of
themselves would be spoilt. For the same reason a number is replaced only where it has 8 digits or more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import msgspec

from engine.domain.events import Event
from engine.domain.identity import Identifier

ERASED = "[erased]"
SHORT = 8
_BEFORE = r"(?:(?<![\w+-])(?<!\w\.)|(?<=%[0-7][0-9a-fA-F]))"
"""Where an address or an id begins: after another character than theirs, or one that is spelled by its number."""
_AFTER = r"(?![\w-])(?!\.\w)"
_ID_AFTER = r"(?![\w-])"
_NAMED_BY = ("anonymous_id", "user_id", "email")
_SAME = frozenset({"source", "type", "message_id", *_NAMED_BY})
"""Fields of an event that are no free text."""
_RUN = re.compile(r"[a-z0-9._~-]+")
"""What no spelling changes."""
TELLING = 3
"""Characters of such a run that are searched for; with fewer, nearly everything would be found."""
_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True)
class Redaction:
    """Replaces the identifiers of one person."""

    identifiers: frozenset[Identifier]

    @cached_property
    def needles(self) -> Sequence[str]:
        """Texts in lower case (ASCII), one of which stands in every JSON text that holds something to be replaced."""
        return sorted({one for namespace, value in self.identifiers for one in _needles(namespace, value)})

    def text(self, text: str) -> str:
        """Replace within a text."""
        return self._pattern.sub(ERASED, text)

    def is_in(self, text: str) -> bool:
        """Tell whether a text names the person, be it JSON or written by people."""
        return bool(self._pattern.search(text)) or any(json.dumps(one, ensure_ascii=False) in text for one in self._ids)

    def event(self, event: Event, event_id: int) -> Event:
        """Replace in an event; the same one where there is nothing to replace. Whom it named, it names no more."""
        told = msgspec.to_builtins(event)
        changed = {key: one if key in _SAME else self._value(one, key in _FREE) for key, one in told.items()}
        named = {key: None for key in _NAMED_BY if (key, told.get(key)) in self.identifiers}
        if self.text(event.message_id) != event.message_id:
            changed["message_id"] = f"{ERASED} {event_id}"
        found = msgspec.convert({**changed, **named}, Event)
        return event if found == event else found

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        several = sorted({one for pair in self.identifiers for one in _patterns(*pair)})
        return re.compile("|".join(several) or r"(?!)")

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(value for namespace, value in self.identifiers if namespace != "email")

    def _value(self, value: Any, is_free: bool) -> Any:
        """Replace in a JSON value; `is_free` tells that others chose what it means, so that ids may stand in it."""
        match value:
            case str():
                return ERASED if is_free and value in self._ids else self.text(value)
            case int() if is_free and len(str(value)) >= SHORT and str(value) in self._ids:
                return ERASED
            case list() | tuple():
                return [self._value(one, is_free) for one in value]
            case dict():
                return {self.text(key): self._value(one, is_free) for key, one in value.items()}
            case _:
                return value


_FREE = frozenset({"properties", "traits"})


def _needles(namespace: str, value: str) -> Iterator[str]:
    text = _ascii_lower(value)
    if _is_address(value):
        local, _, domain = text.rpartition("@")
        end = _RUN.findall(local[-1:]) and _RUN.findall(local)[-1]
        hosts = {_ascii_part(host) for host in _hosts(domain)}
        yield from (f"{end or ''}{at}{host}" for host in hosts for at in ("@", "%40", "%2540"))
        return
    run = max(_RUN.findall(text), key=len, default="")
    if len(text) < SHORT:
        yield _ascii_lower(json.dumps(value, ensure_ascii=False))
    elif len(run) >= TELLING:
        yield run
    else:
        yield from (_ascii_lower(json.dumps(one, ensure_ascii=False)[1:-1]) for one in _whole_spellings(value))


def _patterns(namespace: str, value: str) -> Iterator[str]:
    if _is_address(value):
        local, _, domain = value.rpartition("@")
        for host in _hosts(domain):
            yield f"(?i:{_BEFORE}{_spelled(f'{local}@{host}')}{_AFTER})"
    elif len(value) >= SHORT:
        has_run = any(len(run) >= TELLING for run in _RUN.findall(_ascii_lower(value)))
        spelled = _spelled(value) if has_run else f"(?:{'|'.join(map(re.escape, _whole_spellings(value)))})"
        yield f"{_BEFORE}{spelled}{_ID_AFTER}"


def _is_address(value: str) -> bool:
    return _ADDRESS.fullmatch(value) is not None


def _whole_spellings(value: str) -> tuple[str, ...]:
    """Spell an id of odd characters alone, of which nothing stands in every spelling."""
    spelled = quote(value, safe="")
    return value, spelled, quote(spelled)


def _ascii_part(text: str) -> str:
    """Give a text up to the first character that has another upper case than ASCII's."""
    return text.encode("ascii", "replace").decode().partition("?")[0]


def _hosts(domain: str) -> Iterator[str]:
    """Give a domain as it is kept, and as people write it."""
    yield domain
    try:
        written = domain.encode("ascii").decode("idna")
    except UnicodeError:
        return
    if written != domain:
        yield written


def _spelled(text: str) -> str:
    """Match each character as itself or by its number, as addresses of pages spell it, also spelled twice."""
    return "".join(f"(?:{re.escape(one)}|{_numbered(one)})" for one in text)


def _numbered(character: str) -> str:
    return "".join(f"%(?:25)*(?i:{byte:02X})" for byte in character.encode())


def _ascii_lower(text: str) -> str:
    """Lower as SQLite's and bytes' `lower` do: ASCII only."""
    return text.encode().lower().decode()
