from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.errors import IntegrityError, UnknownModel
from serving.registry import decisions
from serving.registry.models import list_models, show_model


def test_a_half_written_version_is_listed_as_such(tags: tuple[str, str, str], model_store: Path) -> None:
    (model_store / "churn" / "half").mkdir()
    decisions.promote(tags[0], "ann", "first")
    entries = {entry.tag: entry for entry in list_models()}
    assert set(entries) == {*tags, "churn:half"}
    assert "half-written" in str(entries["churn:half"].problem)
    assert [tag for tag, entry in entries.items() if entry.role == "champion"] == [tags[0]]
    assert entries[tags[2]].problem is None
    assert [entry.tag for entry in list_models()][0] == tags[2]


def test_a_copy_by_hand_is_broken(tags: tuple[str, str, str], model_store: Path) -> None:
    shutil.copytree(model_store.joinpath(*tags[0].split(":")), model_store / "churn" / "copy")
    entries = {entry.tag: entry for entry in list_models()}
    assert f"churn:copy: its model.yaml says that it is {tags[0]}" in str(entries["churn:copy"].problem)
    with pytest.raises(IntegrityError, match="by hand"):
        decisions.promote("churn:copy", "ann", "looks the same")


@pytest.mark.parametrize("name", ["encoder.json", "model.yaml.sha256"])
def test_a_file_that_cannot_be_read_breaks_its_own_version_only(
    name: str, tags: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, broken = Path.read_bytes, Path(*tags[1].split(":"), name)

    def fail(path: Path) -> bytes:
        if path.parts[-3:] == broken.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    problems = {entry.tag: entry.problem for entry in list_models()}
    assert f"{name} cannot be read (Permission denied)" in str(problems.pop(tags[1]))
    assert set(problems.values()) == {None}


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_stands_in_a_model_yaml_breaks_its_own_version_only(
    tags: tuple[str, str, str], model_store: Path, data: st.DataObject
) -> None:
    file = model_store.joinpath(*tags[0].split(":"), "model.yaml")
    whole = file.read_text()
    lines = whole.splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(
        st.sampled_from(["", "{name}: 3\n", "{name}: []\n", "{name}: {{}}\n", "{name}: [\n", "\0"])
    )
    lines[number] = other.format(name=lines[number].partition(":")[0])
    file.write_text("".join(lines))
    try:
        problems = {entry.tag: entry.problem for entry in list_models()}
    finally:
        file.write_text(whole)
    assert (problems[tags[1]], problems[tags[2]]) == (None, None)


def test_show_tries_the_model(tags: tuple[str, str, str], model_store: Path) -> None:
    assert show_model(tags[0]).problem is None
    model_store.joinpath(*tags[0].split(":"), "segments.json").unlink()
    assert "segments.json is missing" in str(show_model(tags[0]).problem)
    with pytest.raises(UnknownModel):
        show_model("churn:nothing")
