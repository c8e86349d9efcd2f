"""One reader's doings, straight into an engine."""

from __future__ import annotations

from itertools import count

from engine.domain.events import Context, Event
from engine.ports import Engine, Submission

SECRET = "s" * 43
DEVICE = "gGb2i3ukzhdtiSfoxxzpiJ"
_NUMBERS = count()


async def read(engine: Engine, title: str = "Beans, slowly", topic: str = "cooking", device: str = DEVICE) -> None:
    """Read a page about a topic."""
    context = Context(title=f"{title} · Saddle & Stove", path="/stories/x", topics={topic: 1.0})
    await _do(engine, device, "page", context=context)


async def leave_address(engine: Engine, email: str, device: str = DEVICE) -> None:
    """Leave an e-mail address."""
    await _do(engine, device, "identify", email=email, traits={"email": email})


async def _do(engine: Engine, device: str, type: str, **given: object) -> None:
    now = engine.clock.now()
    event = Event(
        source="w",
        message_id=f"m{next(_NUMBERS)}",
        type=type,
        name=type,
        occurred_at=now,
        received_at=now,
        anonymous_id=device,
        **given,  # type: ignore[arg-type]
    )
    await engine.ingest.ingest([Submission([event])])
