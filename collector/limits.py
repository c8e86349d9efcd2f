"""How large a request may be, and what is in it."""

from __future__ import annotations

LARGEST_BODY = 500 * 1024
LARGEST_EVENT = 32 * 1024
MOST_EVENTS = 2_500
MOST_NESTED = 50
