"""The magazine is whole: every story has words and a picture, nothing runs from outside or between the lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import demo_site
from demo_site.magazine import PRODUCTS, STORIES, TOPICS, beside, by_interest, story

HERE = Path(demo_site.__file__).parent
TEMPLATES = sorted((HERE / "templates").rglob("*.*"))


@pytest.mark.parametrize("slug", [one.slug for one in (*STORIES, *PRODUCTS)])
def test_everything_has_a_picture(slug: str) -> None:
    assert "<svg" in (HERE / "templates" / "art" / f"{slug}.svg").read_text()


@pytest.mark.parametrize("slug", [one.slug for one in STORIES])
def test_every_story_has_its_words(slug: str) -> None:
    words = (HERE / "templates" / "stories" / f"{slug}.html").read_text().split()

    assert len(words) > 200


def test_every_topic_has_two_sections_worth_of_stories() -> None:
    assert all(sum(one.section == topic for one in STORIES) == 2 for topic in TOPICS)


def test_a_story_tells_its_topics_the_way_the_tag_reads_them() -> None:
    found = story("one-pot-one-flame")

    assert found is not None
    assert found.weights == "cooking:1, hiking:0.4"


def test_beside_a_story_stand_three_others_its_own_section_first() -> None:
    shown = STORIES[0]

    others = beside(shown)

    assert len(others) == 3
    assert shown not in others
    assert others[0].section == shown.section


def test_interest_puts_its_stories_first() -> None:
    assert [one.section for one in by_interest({"coffee": 0.6, "hiking": 0.2})[:2]] == ["coffee", "coffee"]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.name))
def test_no_template_needs_more_than_the_strict_policy(file: Path) -> None:
    text = file.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*src=)", text)
    assert not re.search(r"""(?:src|href)=["']https?:""", text)


def test_nothing_is_marked_safe() -> None:
    assert not any("|safe" in file.read_text().replace(" ", "") for file in TEMPLATES)
