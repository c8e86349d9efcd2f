"""What a device says in one go: decision 13, by names that it said itself, and by nothing else."""

from __future__ import annotations

from collections.abc import Collection

from tests.identity.facts import Facts, Identifier, Part


def names_said(facts: Facts, run: int) -> set[Identifier]:
    """List the names of people that a run has carried or said."""
    return {name for entry in facts.entries_of(facts.parts_of_run(run)) for name in entry.carried | entry.said}


def are_one_person(known: Collection[Identifier], names: Collection[Identifier]) -> bool:
    """Tell whether names may be those of somebody of whom others were said: one is the same, or none is of a kind
    that was said."""
    kinds = {namespace for namespace, _ in known}
    return bool(set(known) & set(names)) or not any(namespace in kinds for namespace, _ in names)


def goes_on(facts: Facts, part: Part, names: Collection[Identifier]) -> bool:
    """Tell whether names go on with the run that a fragment is of."""
    return are_one_person(names_said(facts, part.run), names)


def start_of(facts: Facts, device: str, names: Collection[Identifier]) -> Part | None:
    """Give the fragment that a claim starts from: the leading one where its run goes on, or the one that the device
    returns to; None where a new run begins."""
    current = facts.current.get(device)
    if current is None or goes_on(facts, current, names):
        return current
    found = [part for part in facts.parts_by(device) if part.run != current.run and _is_with(facts, part, names)]
    return max(found, key=lambda part: (part.run, part.number), default=None)


def _is_with(facts: Facts, part: Part, names: Collection[Identifier]) -> bool:
    """Tell whether a fragment is in a home that holds one of some names, and its run has named that one."""
    return any(facts.owner.get(name) == part.home for name in names_said(facts, part.run).intersection(names))
