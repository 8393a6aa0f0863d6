from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from serving.commands.model_tables import models_table
from serving.model.churn_model import ChurnModel
from serving.registry.model_files import save_model
from serving.registry.models import list_models


def test_an_arm_that_has_no_name_does_not_end_the_list(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> None:
    """A store may hold a model of a version that knows more classifiers."""
    for arm in (
        {"sampler": "smote", "classifier": "catboost"},
        {"sampler": "none", "classifier": "lightgbm"},
    ):
        save_model(build_model("logistic"), {**metadata, "arm": arm})
    console = Console(width=200, record=True, file=StringIO())
    console.print(models_table(list_models()))
    text = console.export_text()
    assert "smote catboost" in text
    assert "LightGBM, no resampling" in text
