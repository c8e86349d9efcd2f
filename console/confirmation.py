"""What cannot be undone by a click asks for a word to be typed first."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from engine.ports import Profile


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A word to type, and what was typed; `given` None is nothing yet."""

    expected: str
    given: str | None = None

    @property
    def is_given(self) -> bool:
        """Whether the word was typed; case, and what cannot be typed or seen, do not matter."""
        return self.given is not None and _plain(self.given) == _plain(self.expected)


async def confirmation(request: Request, expected: str) -> Confirmation:
    """Read what was typed from a form."""
    given = (await request.form(max_files=0, max_fields=4)).get("typed", "")
    return Confirmation(expected, str(given))


def word(profile: Profile) -> str:
    """Give the word that stands for a profile: its address, else its user id, else its number."""
    user_id = next((one.value for one in profile.identities if one.namespace == "user_id"), None)
    return profile.email or user_id or str(profile.id)


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split()).casefold()
