"""What some thousands of profiles hold, laid out by column: a block of profiles side by side, each at its position.

A column is a list of rows: at which position, which word, which numbers. It has rows only for those who hold something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

SIZE = 4_096
"""Positions in a block: profile p stands in block p // SIZE, at position p % SIZE."""
NO_WORD = -1

Floats = npt.NDArray[np.float64]


Row = tuple[int, str | None, tuple[float, ...]]
"""One thing that one profile holds: at its position, a word or None, and numbers."""


class Column(NamedTuple):
    """Rows, transposed: `codes` tell which of the `words`; each array of `numbers` is as long as `positions`."""

    positions: npt.NDArray[np.uint16]
    codes: npt.NDArray[np.int32]
    words: Sequence[str]
    numbers: Sequence[Floats]

    def rows(self) -> Iterator[Row]:
        """Give the rows as they were meant."""
        words = [None if code == NO_WORD else self.words[code] for code in self.codes.tolist()]
        numbers = zip(*(one.tolist() for one in self.numbers), strict=True) if self.numbers else repeat(())
        return zip(self.positions.tolist(), words, numbers, strict=False)

    def spread(self, which: int = 0) -> Floats:
        """Give one of the numbers by position, NaN where there is none."""
        values = np.full(SIZE, np.nan)
        if len(self.numbers):
            values[self.positions] = self.numbers[which]
        return values


EMPTY = Column(np.empty(0, np.uint16), np.empty(0, np.int32), (), ())


class _Packed(msgspec.Struct, array_like=True):
    positions: bytes
    codes: bytes
    words: list[str]
    numbers: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def pack(column: Column) -> bytes:
    """Write a column; codes only where there are words."""
    codes = column.codes.tobytes() if column.words else b""
    numbers = [one.tobytes() for one in column.numbers]
    return _encode(_Packed(column.positions.tobytes(), codes, list(column.words), numbers))


def unpack(data: bytes) -> Column:
    """Read what `pack` wrote."""
    packed = _decode(data)
    positions = np.frombuffer(packed.positions, np.uint16)
    codes = np.frombuffer(packed.codes, np.int32) if packed.codes else np.full(len(positions), NO_WORD, np.int32)
    return Column(positions, codes, packed.words, [np.frombuffer(one, np.float64) for one in packed.numbers])


def of(rows: Iterable[Row]) -> Column:
    """Lay rows out; all have as many numbers."""
    listed = list(rows)
    if not listed:
        return EMPTY
    positions, words, numbers = zip(*listed, strict=True)
    numbered = {word: code for code, word in enumerate(dict.fromkeys(word for word in words if word is not None))}
    return Column(
        np.array(positions, np.uint16),
        np.array([NO_WORD if word is None else numbered[word] for word in words], np.int32),
        list(numbered),
        [np.array(one, np.float64) for one in zip(*numbers, strict=True)],
    )


def replaced(column: Column, gone: npt.NDArray[np.bool_], rows: Iterable[Row]) -> Column:
    """Take away the rows of some positions, a mask, and put others in. Words that nobody holds any more go too."""
    kept, added = _without(column, gone), of(rows)
    if not len(added.positions) or not len(kept.positions):
        return added if len(added.positions) else kept
    known = {word: code for code, word in enumerate(kept.words)}
    for word in added.words:
        known.setdefault(word, len(known))
    codes = np.array([*(known[word] for word in added.words), NO_WORD], np.int32)[added.codes]
    return Column(
        np.concatenate([kept.positions, added.positions]),
        np.concatenate([kept.codes, codes]),
        list(known),
        [np.concatenate(pair) for pair in zip(kept.numbers, added.numbers, strict=True)],
    )


def _without(column: Column, gone: npt.NDArray[np.bool_]) -> Column:
    stays = ~gone[column.positions]
    if stays.all():
        return column
    codes = column.codes[stays]
    used = np.unique(codes[codes != NO_WORD])
    renumbered = np.full(len(column.words) + 1, NO_WORD, np.int32)
    renumbered[used] = np.arange(len(used), dtype=np.int32)
    words = [column.words[code] for code in used]
    return Column(column.positions[stays], renumbered[codes], words, [one[stays] for one in column.numbers])
