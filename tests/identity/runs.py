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
    """Give the fragment that a claim starts from: the leading one where its run goes on, or that of the run that the
    device returns to; None where a new run begins."""
    current = facts.current.get(device)
    if current is None or goes_on(facts, current, names):
        return current
    earlier = {part.run for part in facts.parts_by(device)} - {current.run}
    named = [run for run in earlier if names_said(facts, run).intersection(names)]
    return _leading(facts, max(named)) if named else None


def _leading(facts: Facts, run: int) -> Part:
    """Give the fragment that an earlier run ended in."""
    return facts.entries_of(facts.parts_of_run(run))[-1].part
