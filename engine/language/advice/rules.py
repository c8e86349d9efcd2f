"""The rules in the order in which they are asked; the first that fits speaks."""

from __future__ import annotations

from collections.abc import Callable

from engine.language.advice import brackets, conditions, events, fields, values
from engine.language.advice.situation import Advice, Situation

RULES: tuple[Callable[[Situation], Advice | None], ...] = (
    conditions.nothing,
    conditions.from_sql,
    brackets.empty_brackets,
    brackets.closes_nothing,
    events.function,
    values.thousands,
    brackets.spare_comma,
    fields.missing_name,
    conditions.prefix,
    values.date,
    events.window_after_where,
    events.second_count,
    events.did,
    events.window,
    values.missing_list,
    values.value,
    values.between,
    fields.denied_operator,
    fields.operator,
    conditions.repeated,
    conditions.missing_item,
    fields.exists_and_more,
    fields.quoted_name,
    fields.reserved,
    events.property_without_where,
    conditions.missing_join,
    conditions.two_values,
    conditions.chained,
    conditions.after_everything,
    brackets.stray_comma,
    brackets.unclosed_bracket,
)


def advise(here: Situation) -> Advice:
    """Tell what is wrong, by the first rule that fits."""
    return next((advice for rule in RULES if (advice := rule(here)) is not None), None) or anything_else(here)


def anything_else(here: Situation) -> Advice:
    """Answer what no rule foresaw."""
    if here.is_end and here.before:
        return Advice("syntax", f"Something is missing after {here.before[-1]}.", at=here.before[-1])
    where = f"after {str(here.before[-1])[:40]}" if here.before else "at the beginning"
    return Advice("syntax", f"{here.shown} cannot stand {where}.")
