"""How likely a visitor is to come back: the BG/NBD model of Fader, Hardie & Lee (2005).

Every visitor is active at a rate of his own (gamma distributed) and may lose interest for good after any active day,
with a chance of his own (beta distributed). Time is in weeks. P. S. Fader, B. G. S. Hardie, K. L. Lee: "Counting Your
Customers" the Easy Way: An Alternative to the Pareto/NBD Model. Marketing Science 24(2), 275–284.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, inf, log, log1p
from typing import NamedTuple

AHEAD = 30 / 7
"""Weeks to look ahead: 30 days."""


@dataclass(frozen=True, slots=True)
class Model:
    """Parameters of BG/NBD; by default the estimates that the paper publishes for CDNOW."""

    r: float = 0.243
    alpha: float = 4.414
    a: float = 0.793
    b: float = 2.426


CDNOW = Model()


class Record(NamedTuple):
    """What the model knows of a visitor: active days after the first (the paper's x), and weeks from the first to the
    last (its t_x)."""

    repeats: int
    active_for: float


def chance(model: Model, record: Record, silence: float) -> float:
    """Give P(an active day within 30 days) after `silence` weeks without one (the paper's T − t_x)."""
    return exp(_log_chance(model, record, silence))


def silence_at(model: Model, record: Record, value: float) -> float:
    """Find the silence at which the chance has come down to `value`, less than it is at once, to within rounding.

    Newton's method on ln(chance) over u = ln(alpha + T): that curve only falls and only bends downwards, so the first
    step may pass the answer and all later ones approach it from there."""
    since = model.alpha + record.active_for
    u, step = 0.0, inf
    while abs(step) > 1e-9 * abs(u) + 1e-12:
        silence = since * expm1(u)
        step = (log(value) - _log_chance(model, record, silence)) / _slope(model, record, silence)
        u += step
    return since * expm1(u)


def _log_chance(model: Model, record: Record, silence: float) -> float:
    known_for = record.active_for + silence
    unseen = -(model.r + record.repeats) * log1p(AHEAD / (model.alpha + known_for))
    return log(-expm1(unseen)) - _log_one_plus_exp(_log_odds_of_loss(model, record, silence))


def _slope(model: Model, record: Record, silence: float) -> float:
    """Differentiate ln(chance) by ln(alpha + T)."""
    exponent = model.r + record.repeats
    ahead = AHEAD / (model.alpha + record.active_for + silence)
    lost = 1 / (1 + exp(-_log_odds_of_loss(model, record, silence)))
    return -exponent * (ahead / (1 + ahead) / expm1(exponent * log1p(ahead)) + lost)


def _log_odds_of_loss(model: Model, record: Record, silence: float) -> float:
    if not record.repeats:
        return -700.0  # interest is lost only after a repeat: odds of nothing, kept finite
    prior = log(model.a / (model.b + record.repeats - 1))
    return prior + (model.r + record.repeats) * log1p(silence / (model.alpha + record.active_for))


def _log_one_plus_exp(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))
