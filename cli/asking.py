"""`rollcall explain`: why someone is, or is not, in an audience."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cli.configuration import existing
from engine.assembly import open_parts
from engine.domain.contact import normalise_email
from engine.errors import NotFound
from engine.language.explain import Step
from engine.ports import Profile, ProfileBy, Profiles
from engine.settings import Settings
from engine.values import format_time

NAMESPACES = ("email", "user_id", "anonymous_id")


async def explain(settings: Settings, who: str, slug: str) -> None:
    """Print why someone is, or is not, in an audience now. Raises NotFound."""
    existing(settings)
    out = Console(soft_wrap=True, highlight=False, markup=False)
    async with open_parts(settings) as parts:
        profile = await find(parts.engine.profiles, who)
        found = await parts.engine.profiles.explain(profile.id, slug)
    verdict = ("is in", "green") if found.matched else ("is not in", "red")
    out.print(Text.assemble(profile.email or who, " ", verdict, " ", (slug, "bold"), ": ", found.summary))
    depths = [*(step.depth for step in found.steps[1:]), 0]
    for step, depth_after in zip(found.steps, depths, strict=True):
        out.print(_line(step, holds_others=depth_after > step.depth))
    if found.next_change_at is not None:
        out.print(f"With no event, this can next change at {format_time(found.next_change_at)}.")


async def find(profiles: Profiles, who: str) -> Profile:
    """Find whoever is known by an e-mail address, a user id, an anonymous id or a profile's number. Raises NotFound."""
    kind, _, number = who.partition(":")
    if kind == "profile" and number.isdecimal() and (found := await profiles.find(ProfileBy(id=int(number)))):
        return found
    for namespace in NAMESPACES:
        value = normalise_email(who) if namespace == "email" else who
        if value is not None and (found := await profiles.find(ProfileBy(identity=(namespace, value)))):
            return found
    raise NotFound(f"Nobody is known by {who!r}. Give an e-mail address, a user id or an anonymous id.")


def _line(step: Step, holds_others: bool) -> Text:
    mark = ("✓", "green") if step.matched else ("✗", "red")
    if holds_others:
        return Text.assemble("  " * step.depth, mark, f" {step.expected.capitalize()}:")
    has = f" (has {step.actual})" if step.actual is not None else ""
    until = f", until {format_time(step.next_change_at)}" if step.next_change_at is not None else ""
    return Text.assemble("  " * step.depth, mark, f" {step.label} {step.expected}{has}{until}")
