"""Who the sample people are: names, places, devices, habits. The same seed gives the same cast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from demo_site.magazine import TOPICS


@dataclass(frozen=True, slots=True)
class Device:
    """What someone reads with."""

    kind: str
    browser: str
    system: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How someone comes back: days between visits, days since the first and the last one, pages a visit."""

    name: str
    share: float
    gap: tuple[float, float]
    first: tuple[int, int]
    last: tuple[int, int]
    pages: tuple[int, int]
    known: float
    """Chance that an e-mail address was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the cast; `email` is None for those who never left one."""

    index: int
    habit: Habit
    interests: tuple[str, ...]
    devices: tuple[Device, ...]
    language: str
    first_name: str
    last_name: str
    email: str | None
    traits: dict[str, str | int | bool]


HABITS = (
    Habit("passing", 0.20, (1.0, 2.0), (0, 0), (0, 45), (1, 4), 0.06),
    Habit("new", 0.14, (1.0, 3.0), (1, 9), (0, 4), (2, 6), 0.28),
    Habit("occasional", 0.18, (9.0, 24.0), (60, 150), (1, 20), (2, 5), 0.45),
    Habit("weekly", 0.14, (5.0, 9.0), (50, 130), (0, 6), (3, 7), 0.65),
    Habit("devoted", 0.08, (1.0, 3.2), (40, 100), (0, 2), (3, 8), 0.88),
    Habit("dormant", 0.18, (4.0, 15.0), (120, 220), (32, 150), (2, 6), 0.50),
    Habit("returning", 0.08, (2.0, 4.0), (8, 12), (0, 2), (3, 7), 0.55),
)

DEVICES = (
    Device("mobile", "Mobile Safari", "iOS"),
    Device("mobile", "Chrome Mobile", "Android"),
    Device("desktop", "Chrome", "Windows"),
    Device("desktop", "Safari", "Mac OS X"),
    Device("desktop", "Firefox", "Ubuntu"),
    Device("tablet", "Mobile Safari", "iPadOS"),
    Device("desktop", "Edge", "Windows"),
)
DEVICE_SHARES = (30, 26, 18, 12, 5, 5, 4)

FIRST_NAMES = tuple(Path(__file__).with_name("first_names.txt").read_text().split())
LAST_NAMES = tuple(Path(__file__).with_name("last_names.txt").read_text().split())
CITIES = (
    ("Berlin", "DE", "de"),
    ("Hamburg", "DE", "de"),
    ("Munich", "DE", "de"),
    ("Vienna", "AT", "de"),
    ("Zurich", "CH", "de"),
    ("Lyon", "FR", "fr"),
    ("Paris", "FR", "fr"),
    ("Milan", "IT", "it"),
    ("Ghent", "BE", "nl"),
    ("Utrecht", "NL", "nl"),
    ("Copenhagen", "DK", "da"),
    ("Oslo", "NO", "nb"),
    ("London", "GB", "en-GB"),
    ("Bristol", "GB", "en-GB"),
    ("Dublin", "IE", "en-IE"),
    ("Portland", "US", "en-US"),
)
PLANS = ("reader", "reader", "reader", "member", "member", "patron")


def person(index: int, seed: int) -> Person:
    """Draw one of the cast; neither the others nor their number change who it is."""
    chance = Random(f"{seed}:person:{index}")
    habit = chance.choices(HABITS, [one.share for one in HABITS])[0]
    city, country, language = chance.choice(CITIES)
    first_name, last_name = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    known = chance.random() < habit.known
    return Person(
        index=index,
        habit=habit,
        interests=tuple(chance.sample(TOPICS, chance.choice((1, 1, 1, 2)))),
        devices=_devices(chance, several=known and chance.random() < 0.3),
        language=language,
        first_name=first_name,
        last_name=last_name,
        email=_email(chance, first_name, last_name, index) if known else None,
        traits=_traits(chance, city, country) if known else {},
    )


def _devices(chance: Random, several: bool) -> tuple[Device, ...]:
    drawn = dict.fromkeys(chance.choices(DEVICES, DEVICE_SHARES, k=2 if several else 1))
    return tuple(drawn)


def _email(chance: Random, first_name: str, last_name: str, index: int) -> str:
    """Make an address that nobody owns (RFC 2606) and nobody else of the cast has."""
    domain = chance.choice(("example.com", "example.org", "example.net"))
    return f"{first_name}.{last_name}{index}@{domain}".lower()


def _traits(chance: Random, city: str, country: str) -> dict[str, str | int | bool]:
    birthday = f"{chance.randint(1958, 2004)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return {
        "plan": chance.choice(PLANS),
        "city": city,
        "country": country,
        "birthday": birthday,
        "letter": chance.random() < 0.8,
    }
