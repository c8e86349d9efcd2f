"""The `rollcall` command."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import uvloop
from cyclopts import App, Parameter

from cli.configuration import settings
from cli.serve import demo as run_demo
from cli.serve import serve as run_server
from engine.errors import InvalidDefinition, RollcallError

app = App(
    name="rollcall",
    help="Who is in which audience right now, and why.",
    version="0.1.0",
)

Database = Annotated[str | None, Parameter(help="Where everything is kept, such as sqlite:///rollcall.db.")]


@app.command
def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    database: Database = None,
    simulated_clock: Annotated[bool | None, Parameter(negative="")] = None,
) -> None:
    """Run everything in one process: collector, GraphQL, console and demo site.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 picks a free one.
    simulated_clock
        Let POST /v1/simulation/advance move the clock on.
    """
    given = settings(host=host, port=port, database=database, simulated_clock=simulated_clock)
    uvloop.run(run_server(given))


@app.command
def demo(
    *,
    host: str | None = None,
    port: int | None = None,
    database: Annotated[str, Parameter(help="Where the demo is kept.")] = "sqlite:///demo.db",
    people: int = 300,
    simulated_clock: bool = True,
    browse: bool = True,
) -> None:
    """Run everything with sample people, and open the demo site.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 picks a free one.
    people
        How many sample people arrive.
    simulated_clock
        Let the panel's buttons move the clock on.
    browse
        Open the page in a browser.
    """
    given = settings(host=host, port=port, database=database, simulated_clock=simulated_clock)
    uvloop.run(run_demo(given, people, browse))


def main() -> None:
    """Run the command; what goes wrong is said in words."""
    try:
        app()
    except InvalidDefinition as error:
        for problem in error.problems:
            print(f"{problem.line}:{problem.column}: {problem.message}\n{problem.excerpt}", file=sys.stderr)
        sys.exit(2)
    except RollcallError as error:
        print(f"rollcall: {error.message}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


if __name__ == "__main__":
    main()
