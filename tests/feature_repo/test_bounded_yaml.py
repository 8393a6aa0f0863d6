from __future__ import annotations

from pathlib import Path

import pytest

from feature_repo.configuration import MOST_BYTES, MOST_LEVELS, parse_yaml, read_yaml
from feature_repo.errors import SettingError


def test_plain_values_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("a: [1, 2.5, null]\nb:\n  c: ${PLACE}\n")
    monkeypatch.setenv("PLACE", "here")
    assert read_yaml(path) == {"a": [1, 2.5, None], "b": {"c": "${PLACE}"}}
    assert read_yaml(path, expand_variables=True)["b"] == {"c": "here"}


def test_as_many_levels_as_allowed_are_read() -> None:
    assert parse_yaml("[" * MOST_LEVELS + "]" * MOST_LEVELS) != []
    with pytest.raises(ValueError, match="line 1: more than 20 lists and mappings inside each other"):
        parse_yaml("[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1))


BLOCKS = "\n".join(" " * depth + "a:" for depth in range(400))
DEEP = "more than 20 lists and mappings inside each other"
LAUGHS = "a: &a [1, 2]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 20_000, f"line 1: {DEEP}"),
        (b"{a: " * 20_000, f"line 1: {DEEP}"),
        (b"- " * 20_000, f"line 1: {DEEP}"),
        (BLOCKS.encode(), f"line 21: {DEEP}"),
        (LAUGHS.encode(), "line 2: \\*a is an alias; write the value itself"),
        (b"#" * (MOST_BYTES + 1), "it has more than 262,144 bytes"),
        (b"seed: " + b"1" * 5_000, "Exceeds the limit"),
        (b"day: 2026-13-45", "month must be in 1..12"),
        (b"a: !!bool maybe", "'maybe'"),
        (b"a: !!timestamp soon", "groupdict"),
        (b"a: [", "while parsing a flow node"),
        (b"a: \xff", "'utf-8' codec can't decode"),
        (b"a: 1\n---\nb: 2\n", "expected a single document"),
    ],
)
def test_what_cannot_be_read_is_one_short_sentence(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingError, match=reason) as caught:
        read_yaml(path)
    assert caught.value.message.startswith(f"{path} cannot be read as YAML (")
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < len(str(path)) + 350


def test_no_file_and_a_folder_are_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"cannot be read as YAML \(No such file or directory\)"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(SettingError, match=r"\(Is a directory\)"):
        read_yaml(tmp_path)
