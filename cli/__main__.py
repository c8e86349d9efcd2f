"""The `rollcall` command. What a command needs is imported when it runs, so that help and `evaluate` start at once."""

from __future__ import annotations

import asyncio
import gc
import os
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from cli.configuration import settings
from engine.errors import InvalidDefinition, RollcallError

app = App(
    name="rollcall",
    help="Who is in which audience right now, and why.",
    help_epilogue="Settings come from flags, else ROLLCALL_* variables (ROLLCALL_DATABASE, ROLLCALL_PORT, …), "
    "else rollcall.toml in this folder, else defaults.",
    version=version("rollcall"),
)

Database = Annotated[
    str | None, Parameter(help="Where everything is kept, such as sqlite:///rollcall.db, which is the default.")
]


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
        Address to listen on; 127.0.0.1 by default, 0.0.0.0 for every one of this machine.
    port
        Port to listen on; 8470 by default, 0 picks a free one.
    simulated_clock
        Let POST /v1/simulation/advance move the clock on.
    """
    import uvloop

    from cli.serve import serve as run

    uvloop.run(run(settings(host=host, port=port, database=database, simulated_clock=simulated_clock)))


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
        Address to listen on; 127.0.0.1 by default.
    port
        Port to listen on; 8470 by default, 0 picks a free one.
    people
        How many sample people arrive.
    simulated_clock
        Let the panel's buttons move the clock on.
    browse
        Open the page in a browser, when run from a terminal.
    """
    import uvloop

    from cli.serve import demo as run

    given = settings(host=host, port=port, database=database, simulated_clock=simulated_clock)
    uvloop.run(run(given, people, browse))


@app.command(name="import")
def import_(file: Path, /, *, database: Database = None) -> None:
    """Import events, one JSON object a line, in the form that a POST /v1/batch takes in its list.

    It may be interrupted and begun again, also with lines added: nothing is doubled. Ends with 1 if lines were refused.

    Parameters
    ----------
    file
        JSON lines. Bad lines are told by number, the others go in.
    """
    from cli.importing import import_file

    sys.exit(1 if asyncio.run(import_file(settings(database=database), file)) else 0)


@app.command
def evaluate(*, database: Database = None) -> None:
    """Answer JSON lines on standard input, a line each: {"result": …} or {"error": …}.

    A line is {"definition", "profile", "fields"?, "now"?, "includes"?, "events"?}.

    Parameters
    ----------
    database
        Take the attributes seen there as fields too; without one, only declared ones and the house's own are known.
    """
    from cli.evaluating import evaluate as run

    run(settings(database=database), catalog=database is not None)


@app.command
def rebuild(
    *, check: Annotated[bool, Parameter(negative="", show_default=False)] = False, database: Database = None
) -> None:
    """Recompute profiles and memberships from the event log; also beside a live server.

    Parameters
    ----------
    check
        Change nothing; print where live differs from recomputed, and end with 1 if it does.
    """
    from cli import rebuilding

    given = settings(database=database)
    if check:
        sys.exit(1 if rebuilding.check(given) else 0)
    asyncio.run(rebuilding.rebuild(given))


@app.command
def backup(file: Path, /, *, database: Database = None) -> None:
    """Copy the database while it is in use; the copy is of one instant.

    Parameters
    ----------
    file
        Where to; it must not exist.
    """
    from cli.backup import backup as run

    run(settings(database=database), file)


@app.command
def explain(who: str, audience: str, /, *, database: Database = None) -> None:
    """Tell why someone is, or is not, in an audience now.

    Parameters
    ----------
    who
        An e-mail address, a user id or an anonymous id.
    audience
        Slug of the audience.
    """
    from cli.asking import explain as run

    asyncio.run(run(settings(database=database), who, audience))


@app.command
def preview(slug: str, /, *slugs: str, days: int = 7, database: Database = None) -> None:
    """Print what to append to a page's address to see it as members of some audiences do.

    Parameters
    ----------
    slug
        An audience to be in, or, with `!` before it, one not to be in.
    slugs
        More of them.
    days
        How long the link works.
    """
    from cli.previewing import link

    asyncio.run(link(settings(database=database), [slug, *slugs], days))


@app.command(name="export")
def export_(who: str, /, *, database: Database = None) -> None:
    """Print everything held of someone, as JSON.

    Parameters
    ----------
    who
        An e-mail address, a user id, an anonymous id, or `profile:` and the number of a profile.
    """
    from cli.privacy import export as run

    asyncio.run(run(settings(database=database), who))


@app.command
def erase(
    who: str, /, *, yes: Annotated[bool, Parameter(negative="", show_default=False)] = False, database: Database = None
) -> None:
    """Erase someone for good: profile, events, history, and what others' events tell of them; also beside a server.

    Parameters
    ----------
    who
        An e-mail address, a user id, an anonymous id, or `profile:` and the number of a profile.
    yes
        Do not ask.
    """
    from cli.privacy import erase as run

    asyncio.run(run(settings(database=database), who, yes))


keys = App(name="keys", help="Keys for pages, servers and the console, and for identity tokens.")
app.command(keys)

Kind = Literal["write", "secret", "console", "identity"]
ScopeName = Literal[
    "events",
    "profiles:read",
    "profiles:write",
    "profiles:erase",
    "audiences:read",
    "audiences:write",
    "metrics",
    "simulation",
]
AlgorithmName = Literal["HS256", "RS256", "ES256", "EdDSA"]
PublicKey = Annotated[Path | None, Parameter(help="File with the public key, as PEM; the private one stays with you.")]


@keys.command
def create(
    kind: Kind,
    name: str | None = None,
    /,
    *,
    scope: Annotated[list[ScopeName] | None, Parameter(negative="")] = None,
    origin: Annotated[list[str] | None, Parameter(negative="")] = None,
    algorithm: AlgorithmName | None = None,
    public_key: PublicKey = None,
    database: Database = None,
) -> None:
    """Make a key and print it, this once; a server that runs knows it within a second.

    Parameters
    ----------
    kind
        write: in pages; secret: on servers; console: to sign in; identity: to sign identity tokens.
    name
        To tell it from others; no two live keys of a kind share one, but while they are rotated.
    scope
        What a secret key may do, once for each; everything by default, also what is added one day.
    origin
        Whose pages may use a write key, once for each, such as https://shop.example; any page by default.
    algorithm
        How identity tokens are signed: HS256, by a secret that is printed (default), or by a private key of yours.
    """
    from cli.keys import create as run

    given = settings(database=database)
    asyncio.run(run(given, kind, name, scope or (), origin or (), algorithm, public_key))


@keys.command(name="list")
def list_keys(*, database: Database = None) -> None:
    """Print every key with what it may do and when it was last used; tokens are not kept."""
    from cli.keys import show

    asyncio.run(show(settings(database=database)))


@keys.command
def rotate(
    name: str,
    /,
    *,
    kind: Kind | None = None,
    revoke_old: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    public_key: PublicKey = None,
    database: Database = None,
) -> None:
    """Make a second key of the same kind, name and scopes, and print it; the old one works on until it is revoked.

    Parameters
    ----------
    name
        Of a live key; there are at most two of a name.
    kind
        Needed only where keys of several kinds share the name.
    revoke_old
        Revoke the old one at once, for a key that somebody else may have seen.
    """
    from cli.keys import rotate as run

    asyncio.run(run(settings(database=database), name, kind, revoke_old, public_key))


@keys.command
def revoke(id: str, /, *, database: Database = None) -> None:
    """Let a key open nothing any more; a server that runs knows it within a second.

    Parameters
    ----------
    id
        As `rollcall keys list` shows it.
    """
    from cli.keys import revoke as run

    asyncio.run(run(settings(database=database), id))


audiences = App(name="audiences", help="Audiences as text.")
app.command(audiences)


@audiences.command(name="list")
def list_(*, database: Database = None) -> None:
    """Print every audience with its size and state."""
    from cli.audiences import show

    asyncio.run(show(settings(database=database)))


@audiences.command
def export(*, database: Database = None) -> None:
    """Print every audience as TOML, to be kept and applied."""
    from cli.audiences import export as run

    asyncio.run(run(settings(database=database)))


@audiences.command
def apply(
    file: Path,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    database: Database = None,
) -> None:
    """Make or change audiences as a TOML file says; what it does not name stays.

    Parameters
    ----------
    file
        As `rollcall audiences export` prints it: a table for each slug.
    dry_run
        Change nothing; print what would change, rules test by test.
    """
    from cli.audiences import apply as run

    asyncio.run(run(settings(database=database), file, dry_run))


@audiences.command
def delete(slug: str, /, *, database: Database = None) -> None:
    """Delete an audience with its memberships and history; one that others include stays, and they are named.

    Parameters
    ----------
    slug
        Of the audience.
    """
    from cli.audiences import delete as run

    asyncio.run(run(settings(database=database), slug))


def main() -> None:
    """Run the command; what goes wrong is said in words, with 2 as the exit code."""
    gc.set_threshold(50_000, 20, 10)  # look for cycles seldom: neither imports nor requests make many
    try:
        app(exit_on_error=False)
    except CycloptsError:
        sys.exit(2)  # it has said what is wrong
    except InvalidDefinition as error:
        for problem in error.problems:
            print(f"{problem.line}:{problem.column}: {problem.message}\n{problem.excerpt}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the last flush would complain again
        sys.exit(141)
    except (RollcallError, OSError, sqlite3.Error) as error:
        print(f"rollcall: {error}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


if __name__ == "__main__":
    main()
