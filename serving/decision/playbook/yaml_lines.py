"""A YAML text with the line of every key, so that an error can name where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from feature_repo.configuration import parse_yaml

Place = tuple[str | int, ...]
"""Keys and positions from the top of a document, such as ``("offers", "discount", "cost")``."""
Lines = Mapping[Place, int]


class _Loader(yaml.SafeLoader):
    """Reads ``No`` and ``Yes`` as texts, as the tables have them; ``true`` and ``false`` stay booleans."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in resolvers if letter in "tTfF" or tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def content_and_lines(text: str) -> tuple[Any, Lines]:
    """What a YAML text holds, and the line of every key and list item, the first line being 1.

    Raises
    ------
    ValueError
        If it is not YAML, is too deep, has an alias, or a key stands twice.
    """
    parse_yaml(text)  # its bounds come first
    node = yaml.compose(text, Loader=_Loader)
    if node is None:
        return None, {}
    lines: dict[Place, int] = {}
    for place, line in _walk(node, ()):
        if place in lines:
            raise ValueError(
                f"line {line}: {place[-1]} stands in line {lines[place]} already; remove one of them"
            )
        lines[place] = line
    return yaml.load(text, Loader=_Loader), lines  # noqa: S506  # a SafeLoader


def line_of(lines: Lines, place: Place) -> int:
    """The line of a place, or of the closest key around it that is written."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _walk(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line + 1
            yield from _walk(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield (*place, position), value.start_mark.line + 1
            yield from _walk(value, (*place, position))
