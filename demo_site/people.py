"""Sample people with weeks of history, as events. The same seed gives the same messages: twice counts once."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

from demo_site.audiences import demo_audiences as demo_audiences
from demo_site.cast import Device, Person, person
from demo_site.magazine import PRODUCTS, STORIES, Story
from engine.domain.events import Context, Event

SOURCE = "demo"
ORIGIN = "https://saddleandstove.example"
DAY = 86_400_000
MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a visit began: the channel, the page that led here, the campaign."""

    channel: str
    referrer: str | None
    campaign: dict[str, str]


ARRIVALS = (
    Arrival("direct", None, {}),
    Arrival("search", "https://www.google.com/", {}),
    Arrival("social", "https://www.instagram.com/", {"source": "instagram", "medium": "social", "name": "spring"}),
    Arrival("email", None, {"source": "letter", "medium": "email", "name": "sunday-letter"}),
    Arrival("paid", "https://www.google.com/", {"source": "google", "medium": "cpc", "name": "grinder-week"}),
    Arrival("referral", "https://gravelmaps.example/", {}),
)
INSIDE = Arrival("", None, {})
STRANGERS = (30, 34, 18, 0, 12, 6)
FRIENDS = (42, 18, 10, 26, 2, 2)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done in a visit; a page of the site, and what was bought there, if anything."""

    path: str
    title: str
    topics: Mapping[str, float] = field(default_factory=dict)
    bought: str | None = None


def people(now: int, count: int = 300, seed: int = 7) -> Iterator[Event]:
    """Tell the weeks up to `now` (milliseconds) of so many people, oldest event first. None lies after `now`."""
    told = [event for index in range(count) for event in _life(person(index, seed), now, seed)]
    return iter(sorted(told, key=lambda event: (event.occurred_at, event.message_id)))


def _life(one: Person, now: int, seed: int) -> Iterator[Event]:
    """Tell everything one person did; what is done never depends on `now`, only when."""
    chance = Random(f"{seed}:life:{one.index}")
    visits = _ages(chance, one)
    named_from = chance.randrange(len(visits)) if one.email else len(visits)
    named: set[Device] = set()
    usual = chance.choices(ARRIVALS, FRIENDS if one.email else STRANGERS)[0]
    numbers = (f"demo-{seed}-{one.index:04}-{number:04}" for number in itertools.count())
    for turn, age in enumerate(visits):
        device, at = chance.choice(one.devices), _beginning(chance, now, age)
        arrival = usual if chance.random() < 0.75 else ARRIVALS[0]
        for step, offset in _visit(chance, one):
            yield _event(one, device, step, at + offset, arrival if offset == 0 else INSIDE, next(numbers))
        if turn >= named_from and device not in named:
            named.add(device)
            yield _naming(one, device, at + 9 * MINUTE, next(numbers))


def _ages(chance: Random, one: Person) -> list[float]:
    """Draw the days ago of each visit, oldest first."""
    habit = one.habit
    last = chance.uniform(*habit.last)
    age = max(chance.uniform(*habit.first), last)
    ages = []
    while age > last:
        ages.append(age)
        age -= chance.uniform(*habit.gap)
    return [*ages, last]


def _beginning(chance: Random, now: int, age: float) -> int:
    """Put a visit at a believable hour of its day, at least an hour before now."""
    hour = chance.choices((7, 8, 9, 12, 13, 17, 18, 19, 20, 21, 22), (6, 9, 6, 8, 6, 6, 9, 12, 14, 12, 6))[0]
    midnight = (now // DAY - int(age)) * DAY
    at = midnight + hour * 60 * MINUTE + chance.randrange(3_600_000)
    return at if at + 60 * MINUTE <= now else at - DAY


def _visit(chance: Random, one: Person) -> Iterator[tuple[Step, int]]:
    """Walk through the site: each step with its milliseconds since the visit began."""
    offset = 0
    for turn in range(chance.randint(*one.habit.pages)):
        yield _step(chance, one, turn), offset
        offset += chance.randint(15_000, 4 * MINUTE)
        if chance.random() < 0.04:
            yield _purchase(chance, one), offset
            offset += chance.randint(5_000, MINUTE)


def _step(chance: Random, one: Person, turn: int) -> Step:
    if turn == 0 and chance.random() < 0.45:
        return Step("/", "Saddle & Stove")
    if chance.random() < 0.12:
        return Step("/shop", "Shop")
    read = _story(chance, one)
    return Step(f"/stories/{read.slug}", read.title, read.relevance)


def _story(chance: Random, one: Person) -> Story:
    weights = [9 if set(story.topics) & set(one.interests) else 1 for story in STORIES]
    return chance.choices(STORIES, weights)[0]


def _purchase(chance: Random, one: Person) -> Step:
    wanted = [product for product in PRODUCTS if product.topic in one.interests]
    return Step("/shop", "Shop", bought=chance.choice(wanted).slug)


def _event(one: Person, device: Device, step: Step, at: int, arrival: Arrival, message: str) -> Event:
    product = next((product for product in PRODUCTS if product.slug == step.bought), None)
    bought: dict[str, Any] = {"product": product.name, "price": product.price} if product else {}
    return Event(
        source=SOURCE,
        message_id=message,
        type="track" if product else "page",
        name="Product Added" if product else "page",
        occurred_at=at,
        received_at=at,
        anonymous_id=_device_id(one, device),
        properties=bought,
        context=_context(one, device, step, arrival),
    )


def _naming(one: Person, device: Device, at: int, message: str) -> Event:
    names = {"email": one.email, "first_name": one.first_name, "last_name": one.last_name}
    return Event(
        source=SOURCE,
        message_id=message,
        type="identify",
        name="identify",
        occurred_at=at,
        received_at=at,
        anonymous_id=_device_id(one, device),
        email=one.email,
        traits=names | one.traits,
        context=_context(one, device, Step("/newsletter", "The Sunday letter"), INSIDE),
    )


def _context(one: Person, device: Device, step: Step, arrival: Arrival) -> Context:
    tags = {f"utm_{'campaign' if key == 'name' else key}": value for key, value in arrival.campaign.items()}
    return Context(
        url=f"{ORIGIN}{step.path}{'?' if tags else ''}{urlencode(tags)}",
        path=step.path,
        title=step.title if step.path == "/" else f"{step.title} · Saddle & Stove",
        referrer=arrival.referrer,
        referrer_domain=arrival.referrer.split("/")[2].removeprefix("www.") if arrival.referrer else None,
        language=one.language,
        device=device.kind,
        browser=device.browser,
        system=device.system,
        campaign=arrival.campaign,
        channel=arrival.channel or None,
        topics=dict(step.topics),
    )


def _device_id(one: Person, device: Device) -> str:
    """Give a device an id shaped like the tag's, which no visitor secret opens."""
    name = f"demo:{one.index}:{one.devices.index(device)}:{one.first_name}{one.last_name}"
    return hashlib.sha256(name.encode()).hexdigest()[:22]
