"""Why an audience could not be saved, in the words of who builds it, and beside which field that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.builder_draft import Draft
from console.builder_preview import Look
from console.guard import STATUS
from engine.domain.audiences import Audience
from engine.errors import InvalidDefinition, InvalidValue, NotFound, RollcallError, StaleVersion, StorageUnavailable


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is in the way."""

    status: int
    title: str
    advice: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What to say beside which field."""
    theirs: Audience | None = None
    """The audience as someone else has left it meanwhile."""


def check_name(draft: Draft) -> None:
    """Ask for a name before anything comes from it. Raises InvalidValue."""
    if not draft.name.strip():
        raise InvalidValue("Give it a name.", ("name",))


def trouble_of(error: RollcallError, draft: Draft, now: Audience | None, look: Look) -> Trouble:
    """Say what is in the way."""
    status = STATUS.get(type(error), 400)
    match error:
        case StaleVersion() if now is not None:
            advice = (
                f"You began from version {draft.version}; it is at version {now.version} now. Nothing of yours is lost."
            )
            return Trouble(status, "Someone else changed this audience while you were editing", advice, theirs=now)
        case InvalidDefinition():
            return Trouble(status, "The rules cannot be saved yet", _about(look))
        case NotFound():
            return Trouble(status, "This audience was deleted meanwhile", "Copy the text of the rules into a new one.")
        case StorageUnavailable():
            return Trouble(
                status, "It could not be saved just now", f"{error.message} Everything is still here: try again."
            )
        case _ if error.path and error.path[-1] in ("name", "slug"):
            return Trouble(status, "Not saved yet", "", {error.path[-1]: error.message})
        case _:
            return Trouble(status, "Not saved yet", error.message)


def _about(look: Look) -> str:
    if look.gaps:
        return "Something is missing still: it is listed beside the rules."
    return "There is a mistake in them: it is told under the text." if look.mistakes else "There are none yet: add one."
