"""LIKE: wildcards, escapes, and agreement with a slow matcher that tries everything."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.operators.text import matcher


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*", "abc", True),
        ("a%c", "a/b/c", True),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        (r"50\%", "50%", True),
        (r"50\%", "50x", False),
        (r"a\*b", "a*b", True),
        (r"a\\*", r"a\b", True),
        ("ab*ba", "aba", False),
        ("?.[x]*", "?.[x]y", True),
        ("A*", "abc", False),
        ("a\\", "a\\", True),
        ("line*", "line\nbreak", True),
    ],
)
def test_a_pattern_fits_a_whole_text(pattern: str, text: str, fits: bool) -> None:
    assert matcher(pattern)(text) is fits


@given(st.text("ab*%", max_size=8), st.text("ab", max_size=12))
def test_the_matcher_agrees_with_trying_everything(pattern: str, text: str) -> None:
    @cache
    def fits(place: int, reached: int) -> bool:
        if place == len(pattern):
            return reached == len(text)
        if pattern[place] in "*%":
            return fits(place + 1, reached) or (reached < len(text) and fits(place, reached + 1))
        return reached < len(text) and text[reached] == pattern[place] and fits(place + 1, reached + 1)

    assert matcher(pattern)(text) is fits(0, 0)
