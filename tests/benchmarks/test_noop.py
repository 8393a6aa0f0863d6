"""The no-op that the service is measured beside."""

from __future__ import annotations

import sys

import pytest
from small_lakes import ROOT

from serving.scoring.answers import ScoreAnswer


@pytest.mark.filterwarnings("ignore:The `__get_pydantic_core_schema__` method")  # BentoML's own call
def test_the_no_op_answers_with_every_field_of_the_services_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks" / "serving_sides"))
    monkeypatch.delitem(sys.modules, "noop", raising=False)
    import noop

    assert noop.constant().model_fields_set == set(ScoreAnswer.model_fields) - {"values", "reasons"}
