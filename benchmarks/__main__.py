"""Run comparisons and print what they found: `python -m benchmarks [NAME …] [--quick] [--rounds N] [--folder DIR]`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from benchmarks import (
    alarms,
    backfill,
    collector,
    durability,
    evaluation,
    me_query,
    previews,
    profile_page,
    reach,
    scale,
    slow,
    tag,
)
from benchmarks.report import Comparison, Figure, Plan, show

COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "collector": collector.run,
        "evaluation": evaluation.run,
        "reach": reach.run,
        "me_query": me_query.run,
        "profile_page": profile_page.run,
        "backfill": backfill.run,
        "previews": previews.run,
        "alarms": alarms.run,
        "tag": tag.run,
        "slow": slow.run,
        "scale": scale.run,
        "durability": durability.run,
    }
)
LONG = ("scale", "durability")
"""Only where named: they take longer than all others together."""


def main() -> None:
    """Run the comparisons named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Ratios against baselines of the same run."
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"any of: {', '.join(COMPARISONS)}; all but {' and '.join(LONG)} when left out",
    )
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast it is")
    parser.add_argument("--rounds", type=int, default=30, help="how often `durability` kills the server")
    parser.add_argument(
        "--folder", type=Path, help="a folder on the disk to measure; the system's temporary one if left out"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(COMPARISONS):
        parser.error(f"no such comparison: {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in options.names or (name for name in COMPARISONS if name not in LONG):
        figures += compare(name, options.folder, options.quick, options.rounds)
    show(figures, "Rollcall, measured in one run" + (" (quick)" if options.quick else ""))


def compare(name: str, folder: Path | None, quick: bool, rounds: int) -> list[Figure]:
    """Run one comparison in a folder of its own."""
    print(f"{name} …", end=" ", flush=True)
    started, own = time.monotonic(), Path(tempfile.mkdtemp(prefix="rollcall-", dir=folder))
    figures = list(COMPARISONS[name](Plan(own, quick, rounds)))
    shutil.rmtree(own)
    print(f"{time.monotonic() - started:.0f} s", flush=True)
    return figures


if __name__ == "__main__":
    main()
