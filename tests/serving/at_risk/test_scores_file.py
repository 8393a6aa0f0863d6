from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flipping import flipped
from small_scores import write_scores

from serving.at_risk.scores_file import COLUMNS, SCORES_ENV, ScoresFile, scores_path
from serving.errors import NoScores, SettingsError


def test_it_reads_what_batch_scoring_writes(tmp_path: Path) -> None:
    scores = ScoresFile(write_scores(tmp_path / "scores.parquet")).read()
    assert tuple(scores.table.column_names) == COLUMNS
    assert scores.table["customerID"].to_pylist() == ["A", "B", "C", "D"]
    assert scores.table["contract"].to_pylist() == ["One year", "Month-to-month", None, "Month-to-month"]
    assert (scores.as_of, scores.model) == (datetime(2026, 11, 1, tzinfo=UTC), "churn:x")
    assert scores.written.tzinfo is UTC


def test_it_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = write_scores(tmp_path / "scores.parquet")
    file = ScoresFile(path)
    first = file.read()
    assert file.read() is first
    write_scores(path, model="churn:newer")
    assert file.read().model == "churn:newer"
    path.unlink()
    with pytest.raises(NoScores, match="nobody has been scored yet"):
        file.read()


def test_a_file_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    path.write_text("not Parquet")
    with pytest.raises(NoScores, match=f"cannot be read; run `python -m serving score --all --out {path}`"):
        ScoresFile(path).read()
    whole = pq.read_table(write_scores(path))
    pq.write_table(whole.drop_columns(["contract"]), path)
    with pytest.raises(NoScores, match="lacks columns"):
        ScoresFile(path).read()
    pq.write_table(whole.slice(0, 0), path)
    with pytest.raises(NoScores, match="is empty"):
        ScoresFile(path).read()
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(NoScores, match="lacks columns"):
        ScoresFile(path).read()


def test_a_turned_bit_anywhere_gives_the_right_scores_or_says_what_to_do(tmp_path: Path) -> None:
    path = write_scores(tmp_path / "scores.parquet")
    right = ScoresFile(path).read()
    refusals = set()
    for copy in flipped(path):
        try:
            read = ScoresFile(copy).read()
        except NoScores as error:
            refusals.add(str(error))
        else:
            assert read.table.equals(right.table)
            assert (read.as_of, read.model) == (right.as_of, right.model)
    cure = f"run `python -m serving score --all --out {copy}`"
    assert refusals == {
        f"the list of scores {wrong}; {cure}"
        for wrong in ("cannot be read", "lacks columns that this version writes")
    }


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SCORES_ENV, raising=False)
    root = Path(__file__).parents[3]
    assert scores_path("serving/out/scores.parquet") == root / "serving/out/scores.parquet"
    assert scores_path("/elsewhere.parquet") == Path("/elsewhere.parquet")
    monkeypatch.setenv(SCORES_ENV, "/var/scores.parquet")
    assert scores_path("x") == Path("/var/scores.parquet")
    monkeypatch.setenv(SCORES_ENV, "scores.parquet")
    with pytest.raises(SettingsError, match="absolute"):
        scores_path("x")
