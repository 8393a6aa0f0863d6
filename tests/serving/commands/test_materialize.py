from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from house import House, at
from small_lakes import telecom_rows
from small_playbooks import written

from serving.commands.cli import cli
from serving.decision.suppressed import Entry, read_suppressed


@pytest.fixture
def filled(house: House) -> House:
    """An applied lake of ten customers, the first of whom does not want to be contacted."""
    house.write(telecom_rows(10), base="base-a", data_until="2025-11-01")
    house.apply()
    moment = at("2025-06-01")
    row = {"customerID": "0000-TESTA", "event_timestamp": moment, "created_timestamp": moment}
    consent = pa.Table.from_pylist([{**row, "channel": "all", "allowed": "No"}])
    table = house.lake / "consent.parquet"
    table.mkdir(exist_ok=True)  # a table is a folder of parts
    for part in table.iterdir():
        part.unlink()
    pq.write_table(consent, table / "part-0.parquet")
    return house


def test_it_renews_the_suppression_file(filled: House) -> None:
    done = CliRunner().invoke(cli, ["materialize"])
    assert done.exit_code == 0, done.output
    assert "1 customers are not to be contacted, or not through a channel" in done.output
    path = Path(filled.environment["STAYLINE_SUPPRESSED"])
    assert read_suppressed(path).customers == {"0000-TESTA": (Entry("do_not_contact"),)}


def test_a_playbook_that_cannot_be_used_is_told(
    filled: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, lambda content: content["caps"].update(cooling_off_days=-1))
    monkeypatch.setenv("STAYLINE_PLAYBOOK", str(path))
    done = CliRunner().invoke(cli, ["materialize"])
    assert done.exit_code == 1
    assert "caps.cooling_off_days: -1 should be greater than or equal to 0" in done.output
    assert not Path(filled.environment["STAYLINE_SUPPRESSED"]).exists()
