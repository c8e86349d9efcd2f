"""Contact identifiers: one normal form for e-mail, and what never identifies anyone."""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

LONGEST = 200
_JUNK = frozenset(
    [
        "null",
        "none",
        "nil",
        "undefined",
        "nan",
        "true",
        "false",
        "0",
        "-1",
        "anonymous",
        "anon",
        "guest",
        "unknown",
        "test",
        "n/a",
        "na",
        "user",
        "default",
        "empty",
        "void",
        "[object",
        "object]",
        "{}",
        "[]",
        "()",
        "-",
        "_",
        "?",
        "00000000-0000-0000-0000-000000000000",
    ]
) | {"[object object]", "not set", "(not set)", ""}
_PADDING = " \t\r\n\\\"'`“”‘’"


@lru_cache(16_384)
def normalise_email(text: str) -> str | None:
    """Give the one form in which an address is compared: ASCII local part, all lower case, IDNA domain; None if
    it is not an address. Syntax only (email-validator, RFC 5321/5322), nothing is looked up."""
    stripped = text.strip()
    local, _, domain = stripped.rpartition("@")
    if len(stripped) > 254 or not local.isascii():
        return None
    try:
        valid = validate_email(stripped, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    if not domain.isascii() and not _is_meant_literally(domain, valid.domain):
        return None
    return valid.ascii_email.lower() if valid.ascii_email else None


def _is_meant_literally(domain: str, read: str) -> bool:
    """Tell whether IDNA reads a domain as it is written, but for case; it takes ｅｘａｍｐｌｅ for example."""
    is_plain = unicodedata.is_normalized("NFC", domain) or unicodedata.is_normalized("NFD", domain)
    return is_plain and unicodedata.normalize("NFC", domain).lower() == read


def identifier(value: object) -> str | None:
    """Give an identifier as text, or None for junk: blanks, `null`, `[object Object]` and their like, in any case,
    also quoted or padded."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return None
    text = str(int(value)) if isinstance(value, float) else str(value)
    text = text.strip()
    bare = text.strip(_PADDING).lower()
    if bare in _JUNK or len(text) > LONGEST or not text.isprintable():
        return None
    return text
