from __future__ import annotations

import io

import pandas as pd
from rich.console import Console

from training.commands.tables import COLUMNS, arms_view
from training.modelling.arms import arms_of
from training.report.markdown import ARM_METRICS
from training.settings.settings import load_settings


def test_all_arms_with_all_metrics_fit_a_terminal_of_80_columns():
    rows = [
        {"sampler": arm.sampler, "classifier": arm.classifier, **dict.fromkeys(ARM_METRICS, 0.1234)}
        for arm in arms_of(load_settings())
    ]
    page = io.StringIO()
    champion = {"sampler": "smoteenn", "classifier": "random_forest"}
    Console(width=80, file=page).print(arms_view(pd.DataFrame(rows), champion))
    lines = [line.rstrip() for line in page.getvalue().splitlines()]
    [heading] = [line for line in lines if "Brier" in line and "AUC" in line]
    assert heading.split()[-3:] == ["Brier", "ECE", "cal."]
    [starred] = [line for line in lines if line.startswith("*")]
    assert starred.split()[:4] == ["*", "SMOTEENN", "random", "forest"]
    assert starred.split()[4:] == [".123"] * len(COLUMNS)
    assert set(COLUMNS) <= set(ARM_METRICS)
    assert max(map(len, lines)) <= 80
