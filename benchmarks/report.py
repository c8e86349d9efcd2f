"""What a comparison found, and the table that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured thing beside its baseline from the same run and its target in DESIGN §9."""

    name: str
    value: str
    baseline: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to do, and where: `folder` is on the disk to be measured and is removed afterwards."""

    folder: Path
    quick: bool = False
    rounds: int = 30

    def pick(self, quick: int, full: int) -> int:
        """Choose a size."""
        return quick if self.quick else full


Comparison = Callable[[Plan], Iterator[Figure]]


def show(figures: Iterable[Figure], title: str) -> None:
    """Print the table."""
    table = Table("measured", "value", "baseline", "ratio", "target", "", title=title, title_justify="left")
    for column in (1, 2, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        table.add_row(figure.name, figure.value, figure.baseline, ratio, figure.target, verdict(figure.met))
    Console(width=140).print(table)


def verdict(met: bool | None) -> str:
    """Say in a word whether a target is met."""
    return {True: "met", False: "[bold]missed[/bold]", None: ""}[met]
