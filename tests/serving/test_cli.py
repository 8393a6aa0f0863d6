from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from serving.cli import cli
from serving.model.model_format import ChurnModel, save_model

README = Path(__file__).parents[2] / "serving" / "README.md"


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli, arguments)


@pytest.fixture
def tags(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> tuple[str, str]:
    model = build_model("logistic")
    return save_model(model, metadata), save_model(model, metadata)


def commands(group: click.Group, prefix: str = "") -> list[str]:
    found = []
    for name, command in group.commands.items():
        inner = (
            commands(command, f"{prefix}{name} ") if isinstance(command, click.Group) else [f"{prefix}{name}"]
        )
        found += inner
    return found


@pytest.mark.parametrize("command", commands(cli))
def test_every_command_is_documented(command: str) -> None:
    assert command.split()[-1] in README.read_text(encoding="utf-8")


def test_promote_rollback_list_and_show(tags: tuple[str, str]) -> None:
    for tag in tags:
        result = run("models", "promote", tag, "--why", "better AUC", "--who", "ann")
        assert result.exit_code == 0
        assert f"{tag} is champion." in result.output
    listed = run("models", "list").output.splitlines()
    assert [line for line in listed if "champion" in line and tags[1] in line]
    assert run("models", "rollback", "--why", "calls dropped").exit_code == 0
    shown = run("models", "show", "champion").output
    assert f"{tags[0]} (champion)" in shown
    assert "whole, and scores" in shown
    assert "metrics.cv.auc" in shown
    assert "0.84" in shown
    assert "better AUC" in shown
    assert "calls dropped" in shown


def test_a_broken_model_is_shown_as_such(tags: tuple[str, str], model_store: Path) -> None:
    model_store.joinpath(*tags[0].split(":"), "model.json").write_text("{}")
    shown = run("models", "show", tags[0])
    assert shown.exit_code == 0
    assert "model.json is not the file that was registered" in shown.output
    assert "model.json" in run("models", "list").output


@pytest.mark.parametrize(
    ("language", "heading", "figure"),
    [
        ("en", "Intended use", "AUC: 0.840, 95% interval 0.810 to 0.870; folds 0.840 ± 0.010."),
        ("es", "Uso previsto", "AUC: 0,840, intervalo del 95 % de 0,810 a 0,870; particiones 0,840 ± 0,010."),
    ],
)
def test_the_card_is_shown_within_80_columns(
    language: str, heading: str, figure: str, tags: tuple[str, str]
) -> None:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(cli, ["models", "show", tags[0], "--language", language])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert heading in lines
    assert f"- {figure}" in " ".join(" ".join(lines).split())
    assert "card." not in result.output


def test_a_model_of_an_older_format_is_listed_with_what_to_do(
    tags: tuple[str, str], model_store: Path
) -> None:
    path = model_store.joinpath(*tags[0].split(":"), "model.yaml")
    path.write_text(path.read_text().replace("format_version: 3", "format_version: 1"))
    listed = " ".join(run("models", "list").output.split())
    assert "format_version 1 and this version reads 3; train again with this version (`make run`)" in listed
    refused = run("models", "promote", tags[0], "--why", "it was good")
    assert refused.exit_code == 1
    assert "train again" in refused.output
    assert run("models", "promote", tags[1], "--why", "new format").exit_code == 0


def test_an_empty_store_says_what_to_do(model_store: Path) -> None:
    assert "make run" in run("models", "list").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("models", "promote", "churn:nothing", "--why", "typing error"), "no model churn:nothing"),
        (("models", "rollback", "--why", "nothing there"), "no model was champion before"),
        (("models", "show", "champion"), "make run"),
        (("models", "show", "churn"), "exact tag"),
        (("score", "--out", "scores.parquet"), "say --all"),
        (("score", "--all", "--out", "scores.parquet"), "make run"),
    ],
)
def test_bad_input_is_one_sentence_and_status_1(
    arguments: tuple[str, ...], sentence: str, model_store: Path
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_broken_settings_file_is_one_sentence(
    tags: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("models", "promote", tags[0], "--why", "first")
    (tmp_path / "settings.yaml").write_text("bands: 3")
    monkeypatch.setenv("STAYLINE_SERVING_SETTINGS", str(tmp_path / "settings.yaml"))
    result = run("score", "--all", "--out", str(tmp_path / "scores.parquet"))
    assert result.exit_code == 1
    assert "settings.yaml: bands:" in result.output


def test_an_unknown_user_is_asked_for_a_name(tags: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    result = run("models", "promote", tags[0], "--why", "first")
    assert result.exit_code == 1
    assert "say --who NAME" in result.output
