"""A process that is killed while it plans leaves a whole campaign or none, and the next one clears up."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_candidates import invented

from serving.campaigns.campaign_files import names, read_campaign

SUPPORT = Path(__file__).parents[2] / "support"
PROGRAM = """
import os, pathlib, signal, sys
sys.path.insert(0, sys.argv[4])
from datetime import date
import pandas as pd
import pyarrow.parquet as pq
from small_candidates import invented
from serving.campaigns import campaign_files
from serving.campaigns.export import export_campaign
from serving.campaigns.mapping import read_mapping
from serving.campaigns.planning import Request, plan_campaign
from serving.campaigns.selection import Limits
from serving.settings import CampaignSettings

folder, out, moment = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]

def killing(owner, name, before):
    real = getattr(owner, name)
    calls = []
    def call(*given, **named):
        calls.append(name)
        if before and f"{name} {len(calls)}" == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*given, **named)
        if not before and f"after {name} {len(calls)}" == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    setattr(owner, name, call)

for before in (True, False):
    killing(pq, "write_table", before)
    killing(os, "fsync", before)
    killing(pathlib.Path, "rename", before)
    killing(pathlib.Path, "replace", before)
nobody = pd.DataFrame({"customerID": [], "reason": []}, dtype=object)
settings = CampaignSettings(control_share=0.02, control_key="test", days=120, window_days=120, fall=0.2)
asked = Request("spring", date(2026, 11, 1), Limits(100, {}), 0.1)
campaign = plan_campaign(asked, invented(60), nobody, settings, folder)
export_campaign(campaign, nobody, read_mapping(None), out)
"""
BEFORE = ("write_table 1", "after write_table 1", "fsync 2", "rename 1")
AFTER = ("after rename 1", "fsync 5", "replace 1")


def run(tmp_path: Path, moment: str) -> int:
    arguments = (str(tmp_path / "campaigns"), str(tmp_path / "spring.csv"), moment, str(SUPPORT))
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("moment", [*BEFORE, *AFTER])
def test_a_campaign_is_whole_or_not_there(moment: str, tmp_path: Path) -> None:
    folder, out = tmp_path / "campaigns", tmp_path / "spring.csv"
    assert run(tmp_path, moment) == -signal.SIGKILL
    there = ["spring"] if moment in AFTER else []
    assert names(folder) == there
    assert [read_campaign(folder, name).plan.name for name in there] == there
    assert not out.exists()
    if not there:
        assert run(tmp_path, "never") == 0
        assert sorted(path.name for path in folder.iterdir()) == [".lock", "spring"]
        assert read_campaign(folder, "spring").customers.num_rows <= len(invented(60).frame)
        assert out.exists()


@pytest.mark.slow
def test_the_hold_out_is_on_disk_before_the_list_is(tmp_path: Path) -> None:
    assert run(tmp_path, "after replace 1") == -signal.SIGKILL
    listed = (tmp_path / "spring.csv").read_text(encoding="utf-8-sig")
    held = read_campaign(tmp_path / "campaigns", "spring").plan.arms["holdout"]
    assert listed.count('"holdout"') == held > 0
