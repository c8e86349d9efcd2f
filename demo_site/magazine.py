"""What the magazine has on offer: its stories and the things in its shop. The words of a story are in its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOPICS = ("cycling", "hiking", "cooking", "coffee")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story; the first topic is its section, all of them are its keywords."""

    slug: str
    title: str
    standfirst: str
    topics: tuple[str, ...]
    author: str
    minutes: int

    @property
    def section(self) -> str:
        """Name the section it stands in."""
        return self.topics[0]

    @property
    def relevance(self) -> dict[str, float]:
        """Give how much the story is about each topic."""
        return {topic: 1.0 if topic == self.section else 0.4 for topic in self.topics}

    @property
    def weights(self) -> str:
        """Write the relevance the way the tag reads it from `data-topics`."""
        return ", ".join(f"{topic}:{weight:g}" for topic, weight in self.relevance.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A thing in the shop; the price is in whole euros."""

    slug: str
    name: str
    line: str
    topic: str
    price: int


STORIES = (
    Story(
        slug="the-long-way-to-the-lake",
        title="The long way to the lake",
        standfirst="Sixty-two kilometres of gravel, one ferry, and a swim you will have earned.",
        topics=("cycling",),
        author="Ines Marek",
        minutes=6,
    ),
    Story(
        slug="one-pot-one-flame",
        title="One pot, one flame, four people",
        standfirst="Dinner for the whole tent from a burner the size of a fist.",
        topics=("cooking", "hiking"),
        author="Tomas Reyes",
        minutes=5,
    ),
    Story(
        slug="hut-to-hut",
        title="Hut to hut, without the hurry",
        standfirst="Three days along the ridge, and why the best of them was the one when we hardly moved.",
        topics=("hiking",),
        author="Lena Brandt",
        minutes=8,
    ),
    Story(
        slug="learning-to-hear-the-grinder",
        title="Learning to hear the grinder",
        standfirst="Before you buy better beans, listen to what you do to the ones you have.",
        topics=("coffee",),
        author="Joon Park",
        minutes=4,
    ),
    Story(
        slug="twenty-quiet-minutes-with-a-chain",
        title="Twenty quiet minutes with a chain",
        standfirst="A rag, a kettle of hot water and the cheapest upgrade your bicycle will ever have.",
        topics=("cycling",),
        author="Ines Marek",
        minutes=4,
    ),
    Story(
        slug="beans-slowly",
        title="Beans, slowly",
        standfirst="A pot of beans asks for almost nothing but that you stay at home.",
        topics=("cooking",),
        author="Amara Osei",
        minutes=5,
    ),
    Story(
        slug="coffee-at-two-thousand-metres",
        title="Coffee at two thousand metres",
        standfirst="Water boils at 93 degrees up there. That is not a problem; it is a recipe.",
        topics=("coffee", "hiking"),
        author="Joon Park",
        minutes=5,
    ),
    Story(
        slug="when-the-weather-gets-there-first",
        title="When the weather gets there first",
        standfirst="What we carry, what we leave, and the art of turning round while it is still a pleasure.",
        topics=("hiking",),
        author="Lena Brandt",
        minutes=6,
    ),
)

PRODUCTS = (
    Product(slug="saddle-roll", name="Saddle roll", line="Waxed cotton, two straps", topic="cycling", price=39),
    Product(slug="one-flame-pot", name="One-flame pot", line="1.8 litres, folds flat", topic="cooking", price=58),
    Product(slug="hand-grinder", name="Hand grinder No. 2", line="Steel burrs, 25 g", topic="coffee", price=89),
    Product(slug="hut-blanket", name="Hut blanket", line="Undyed wool, 140 × 200", topic="hiking", price=72),
    Product(slug="chain-kit", name="Chain kit", line="Brush, wax, two rags", topic="cycling", price=24),
    Product(slug="tin-mug", name="Tin mug", line="Enamel, 300 ml, chips well", topic="coffee", price=14),
    Product(slug="bean-box", name="Bean box", line="Six kinds, 3 kg, one letter", topic="cooking", price=21),
    Product(slug="ridge-cap", name="Ridge cap", line="Merino, fits a helmet", topic="hiking", price=29),
)


def story(slug: str) -> Story | None:
    """Find a story."""
    return next((one for one in STORIES if one.slug == slug), None)


def beside(shown: Story) -> tuple[Story, ...]:
    """Choose three more to read: the same section first."""
    others = (one for one in STORIES if one != shown)
    return tuple(sorted(others, key=lambda one: one.section != shown.section))[:3]


def by_interest(affinities: Mapping[str, float]) -> tuple[Story, ...]:
    """Order all stories by interest in their topics (topic → 0 to 1), the strongest first."""

    def appeal(one: Story) -> float:
        return sum(affinities.get(topic, 0.0) * weight for topic, weight in one.relevance.items())

    return tuple(sorted(STORIES, key=appeal, reverse=True))
