"""Ids and cursors are opaque, come back as they went, and pages together give everything once."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidValue
from engine.ports import Page, Window
from graphql_api.node import GlobalId, global_id, read_global_id
from graphql_api.paging import LARGEST_SIZE, cut, window

ITEMS = st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 9)), unique=True).map(sorted)
SIZES = st.integers(1, 5)


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def pages_forward(items: list[tuple[int, int]], size: int) -> list[Page[tuple[int, int]]]:
    pages = [cut(items, lambda item: item, Window(first=size))]
    while pages[-1].has_next:
        pages.append(cut(items, lambda item: item, Window(first=size, after=pages[-1].cursors[-1])))
    return pages


def pages_backward(items: list[tuple[int, int]], size: int) -> list[Page[tuple[int, int]]]:
    pages = [cut(items, lambda item: item, Window(last=size))]
    while pages[0].has_previous:
        pages.insert(0, cut(items, lambda item: item, Window(last=size, before=pages[0].cursors[0])))
    return pages


@pytest.mark.parametrize("turn", [pages_forward, pages_backward])
@given(items=ITEMS, size=SIZES)
def test_pages_together_give_every_item_once_in_order(turn: type, items: list[tuple[int, int]], size: int) -> None:
    pages = turn(items, size)

    assert [item for page in pages for item in page.items] == items
    assert {page.total for page in pages} == {len(items)}


@pytest.mark.parametrize("count", [0, -1, LARGEST_SIZE + 1])
def test_a_page_holds_1_to_100_items(count: int) -> None:
    with pytest.raises(InvalidValue, match="between 1 and 100"):
        window(first=count, after=None, last=None, before=None)


def test_a_page_has_one_direction() -> None:
    with pytest.raises(InvalidValue, match="not both"):
        window(first=1, after=None, last=1, before=None)


def test_a_cursor_from_elsewhere_is_refused() -> None:
    with pytest.raises(InvalidValue, match="not a cursor"):
        cut([(1,)], lambda item: item, Window(first=1, after="what?"))


@given(number=st.integers(0, 10**15), secret=st.text(min_size=1, max_size=30))
def test_a_global_id_comes_back_as_it_went(number: int, secret: str) -> None:
    assert read_global_id(global_id("Audience", number)) == GlobalId("Audience", str(number))
    assert read_global_id(global_id("Visitor", secret)) == GlobalId("Visitor", secret)


@pytest.mark.parametrize(
    "text", ["", "x", "QXVkaWVuY2U6", "QXVkaWVuY2U6YQ", "UGV0OjE", "\N{SNOWMAN}", "QXVkaWVuY2U6LTE"]
)
def test_a_text_that_is_no_id_names_nothing(text: str) -> None:
    assert read_global_id(text) is None
