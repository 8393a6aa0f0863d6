from __future__ import annotations

import numpy as np

from training.dataset.split import split_rows
from training.understanding.prepare import preparation_section


def test_what_each_sampler_does_to_the_balance(quick_dataset, quick_settings):
    dataset = quick_dataset
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, quick_settings.split, 42)
    section = preparation_section(dataset, splits.holdout, quick_settings)
    assert [row["sampler"] for row in section["balance"]] == ["none", "smote", "adasyn", "smoteenn"]
    none, smote, *_, smoteenn = section["balance"]
    churned = dataset.churned[splits.holdout.train]
    assert (none["rows"], none["churned"]) == (len(churned), churned.sum())
    assert none["share"] == churned.mean()
    assert smote["stayed"] == smote["churned"] == none["stayed"]
    assert smoteenn["rows"] < smote["rows"]
    assert section["cleaning"]["missing"] == {"tenure": 10}
    tenure = dataset.features["tenure"].iloc[splits.holdout.train].dropna()
    assert section["encoding"]["numbers"]["tenure"] == np.median(tenure)
    assert section["encoding"]["categories"]["Contract"] == ["Month-to-month", "Two year"]
    assert section["encoding"]["columns"] == ["Contract=Two year", "tenure", "MonthlyCharges"]
    assert section["selection"] == {"used": list(dataset.signature.names), "dropped": {}}
