from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from older_format import make_older

from serving.commands.cli import cli
from serving.model.churn_model import ChurnModel
from serving.model.signature import FeatureSpec, Signature, fingerprint_of
from serving.registry.model_files import save_model

README = Path(__file__).parents[3] / "serving" / "README.md"


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli, arguments)


@pytest.fixture
def signature(specs: tuple[FeatureSpec, ...]) -> Signature:
    """Of the feature service as it is, so that a model may be promoted."""
    return Signature("churn_v1", fingerprint_of("churn_v1"), specs, {"services": 0, "billing": 0})


@pytest.fixture(autouse=True)
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a lake nor a registry, so that models are judged by themselves."""
    monkeypatch.setenv("STAYLINE_REGISTRY", str(tmp_path / "no-registry.db"))
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "no-lake"))


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


def test_challenge_withdraw_and_history(tags: tuple[str, str]) -> None:
    assert "Nothing was decided yet" in run("models", "history").output
    run("models", "promote", tags[0], "--why", "first", "--who", "ann")
    split = ("--mode", "split", "--share", "0.1")
    result = run("models", "challenge", tags[1], "--why", "cheaper", "--who", "bob", *split)
    assert f"{tags[1]} challenges the champion for 0.1 of the customers." in result.output
    listed = run("models", "list").output.splitlines()
    assert [line for line in listed if "challenger" in line and tags[1] in line]
    assert f"{tags[1]} (challenger)" in run("models", "show", "challenger").output
    assert f"{tags[1]} is challenger no longer" in run("models", "withdraw", "--why", "slow").output
    told = run("models", "history").output
    for part in ("promote", "challenge split 0.1", "withdraw", "ann", "bob", "cheaper", "slow", *tags):
        assert part in told
    again = run("models", "show", "challenger")
    assert again.exit_code == 1
    assert "no model challenges the champion" in again.output


def test_roles_stand_for_tags(tags: tuple[str, str], tmp_path: Path) -> None:
    why = ("--why", "roles", "--who", "ann")
    split = (*why, "--mode", "split", "--share", "0.1")
    run("models", "promote", tags[0], *why)
    run("models", "challenge", tags[1], *why, "--mode", "shadow")
    assert (
        f"{tags[1]} challenges the champion for 0.1"
        in run("models", "challenge", "challenger", *split).output
    )
    for role, tag in (("champion", tags[0]), ("challenger", tags[1])):
        exported = run("models", "export", role, str(tmp_path / f"{role}.bentomodel")).output
        assert exported.startswith(f"{tag}: ")
    itself = run("models", "challenge", "champion", *split)
    assert (itself.exit_code, f"{tags[0]} is the champion; name another" in itself.output) == (1, True)
    same = run("models", "promote", "champion", *why)
    assert (same.exit_code, same.output) == (0, f"{tags[0]} is the champion already; nothing was changed.\n")
    assert f"{tags[1]} is champion." in run("models", "promote", "challenger", *why).output
    assert "no model challenges the champion" in run("models", "promote", "challenger", *why).output


def test_a_damaged_decision_is_told(tags: tuple[str, str], model_store: Path) -> None:
    for tag in tags:
        run("models", "promote", tag, "--why", "newer", "--who", "ann")
    model_store.joinpath("churn-champion", "000002", "model.yaml").write_text("name: [")
    told = run("models", "history")
    assert told.output.count("promote") == 1
    assert "Error: cannot be read, so left out: churn-champion:000002\n" in told.output
    assert told.exit_code == 1


def test_a_worse_model_needs_force(
    tags: tuple[str, str],
    build_model: Callable[[str], ChurnModel],
    metadata: dict[str, Any],
) -> None:
    metadata["card"]["figures"]["average_precision"] |= {"estimate": 0.6}
    worse = save_model(build_model("logistic"), metadata)
    run("models", "promote", tags[0], "--why", "first")
    refused = run("models", "promote", worse, "--why", "hope")
    assert refused.exit_code == 1
    assert "0.6000 and the champion's 0.6600, worse by 0.0600 where 0.02 is tolerated" in refused.output
    assert "--why is empty" in run("models", "promote", worse, "--why", " ", "--force").output
    forced = run("models", "promote", worse, "--why", "needs no tickets", "--force")
    assert f"{worse} is champion. Overruled: not_worse." in forced.output
    assert "promote, forced: not_worse" in run("models", "history").output


def test_lineage_goes_both_ways_within_80_columns(tags: tuple[str, str], model_store: Path) -> None:
    run("models", "promote", tags[0], "--why", "first")
    model_store.joinpath("churn", "half").mkdir()
    runner = CliRunner(env={"COLUMNS": "80"})
    shown = runner.invoke(cli, ["models", "show", tags[1]]).output
    told = " ".join(shown.split())
    for part in (
        f"view services Partner String, Contract String also used by {tags[0]} (champion)",
        f"view billing tenure Int64, MonthlyCharges Float64 also used by {tags[0]} (champion)",
        f"feature service churn_v1 ({fingerprint_of('churn_v1')[:12]})",
        "dataset dddddddddddd: 1,200 rows, 700 customers",
        "observation dates 2026-06-01, 2026-07-01",
        f"git commit {'0' * 40}, as committed",
        "registered (UTC) 2026-11-01T08:00:00 by ann",
    ):
        assert part in told
    first, second = "2026-07-01 to 2026-09-29", "2026-07-31 to 2026-10-29"
    assert f"churn counted {first}, {second} (gap 30, then 90 days)" in told
    viewed = runner.invoke(cli, ["models", "lineage", "--view", "billing"]).output
    rows = [line.split()[:2] for line in viewed.splitlines() if line.strip().startswith("churn:")]
    assert rows == [[tags[1], "-"], [tags[0], "champion"]]
    assert "tenure Int64" in viewed
    assert "Broken, so nobody can tell: churn:half" in viewed
    assert max(len(line) for line in (shown + viewed).splitlines()) <= 80
    assert run("models", "lineage", "--view", "tickets").exit_code == 1, "the broken one may use it"
    unknown = run("models", "lineage", "--view", "invoices")
    assert unknown.exit_code == 1
    assert "no model uses a feature view 'invoices' and feature_repo has none; it has" in unknown.output


def test_every_files_checksum_is_shown_on_one_line(tags: tuple[str, str], model_store: Path) -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(cli, ["models", "show", tags[0]]).output
    lines = [line.split() for line in shown.splitlines()]
    kept = model_store.joinpath(*tags[0].split(":"))
    files = [path for path in kept.iterdir() if not path.name.startswith("model.yaml")]
    assert len(files) == 7
    for path in files:
        assert [path.name, hashlib.sha256(path.read_bytes()).hexdigest()] in lines


def test_prune_export_and_import(tags: tuple[str, str], tmp_path: Path) -> None:
    file = str(tmp_path / "model.bentomodel")
    exported = run("models", "export", tags[0], file).output
    sha256 = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    assert exported.endswith(f"sha256 {sha256}\n")
    dry = run("models", "prune", "--keep", "1", "--dry-run").output
    assert dry.splitlines() == [f"{tags[0]}: older than the newest 1", "To be removed: 1."]
    assert "Removed: 1." in run("models", "prune", "--keep", "1").output
    assert tags[0] not in run("models", "list").output
    assert f"{tags[0]} is in the store. The file's sha256 is {sha256}" in run("models", "import", file).output
    assert f"{tags[0]} is in the store already." in run("models", "import", file).output
    assert tags[0] in run("models", "list").output


def test_a_broken_model_is_shown_as_such(tags: tuple[str, str], model_store: Path) -> None:
    model_store.joinpath(*tags[0].split(":"), "model.json").write_text("{}")
    shown = run("models", "show", tags[0])
    assert shown.exit_code == 1
    assert f"Error: {tags[0]} cannot be used: " in shown.output
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
    make_older(model_store.joinpath(*tags[0].split(":")))
    listed = " ".join(run("models", "list").output.split())
    assert "format_version 2 and this version reads 4; train again with this version (`make run`)" in listed
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
        (("models", "promote", "champion", "--why", "-"), "no model has been made champion yet"),
        (("models", "promote", "challenger", "--why", "-"), "no model challenges the champion"),
        (("models", "withdraw", "--why", "nothing there"), "nothing to withdraw"),
        (
            ("models", "challenge", "churn:nothing", "--why", "-", "--mode", "shadow"),
            "no champion to challenge",
        ),
        (("models", "challenge", "churn:nothing", "--why", "-", "--mode", "split"), "needs `--share`"),
        (("models", "export", "churn:nothing", "nothing.bentomodel"), "no model churn:nothing"),
        (("models", "import", "nothing.bentomodel"), "cannot be read"),
        (("models", "show", "churn"), "exact tag"),
        (("score", "--out", "scores.parquet"), "say --all"),
        (("score", "--all", "--out", "scores.parquet"), "make run"),
        (("score", "--all", "--out", "out/scores.csv"), "name it out/scores.parquet"),
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
