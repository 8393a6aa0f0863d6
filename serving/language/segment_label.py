"""A segment's name in a language: training makes it of traits, of which each has a text."""

from __future__ import annotations

import re

from serving.language.catalogue import catalogue
from serving.language.language import Language, capital

_NUMBERED = re.compile(r"(.*?)( \(\d+\))?")
"""A number tells equal names apart."""


def segment_label(name: str, language: Language) -> str:
    """The name in a language; a trait without a text stays as it is."""
    traits, number = _NUMBERED.fullmatch(name).groups()  # type: ignore[union-attr]  # it matches any line
    label = ", ".join(_trait(trait, language) for trait in traits.lower().split(", "))
    return capital(label) + (number or "")


def _trait(trait: str, language: Language) -> str:
    key = f"segment.{trait.replace(' ', '_')}"
    return language.say(key) if key in catalogue() else trait
