from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serving.model.churn_model import ChurnModel
from serving.registry.model_files import save_model


@pytest.fixture
def tags(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> tuple[str, str, str]:
    model = build_model("logistic")
    return save_model(model, metadata), save_model(model, metadata), save_model(model, metadata)
