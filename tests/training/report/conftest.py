from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from small_lakes import AppliedRepo

from feature_repo.paths import REPO
from training.evaluate import evaluate
from training.settings.settings import Settings


@pytest.fixture(scope="session")
def evaluated(
    telecom: AppliedRepo, quick_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The folder of a tiny run of a dated telecom, trained and evaluated."""
    folder = tmp_path_factory.mktemp("evaluated")
    (folder / "models").mkdir()
    BentoMLContainer.model_store.set(ModelStore(folder / "models"))
    values = quick_settings.model_dump()
    values["cohorts"] |= {"gap_days": 0, "horizon_days": 80}
    values["evaluation"] |= {
        "draws": 100,
        "learning_shares": (0.5, 1.0),
        "out_of_time": {"cohorts": 2, "every_months": 3, "test_cohorts": 1},
        "published": {"test_share": 0.2, "classifiers": {"lightgbm": {"n_estimators": 10}}},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in telecom.environment.items():
            patch.setenv(name, value)
        patch.setenv("STAYLINE_CAMPAIGNS", str(folder / "campaigns"))
        found, _ = evaluate(REPO, telecom.lake, Settings.model_validate(values), folder / "runs")
    yield found.folder
    BentoMLContainer.model_store.reset()
