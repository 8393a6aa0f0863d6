from __future__ import annotations

import pytest

from training.dataset.split import Splits, split_rows


@pytest.fixture(scope="session")
def splits(quick_dataset, tuning_settings) -> Splits:
    customers = quick_dataset.keys["customerID"].tolist()
    return split_rows(customers, quick_dataset.churned, tuning_settings.split, tuning_settings.seed)
