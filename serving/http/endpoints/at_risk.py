"""``POST /at_risk``: the customers most at risk, from the latest batch scoring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow.compute as pc
from pydantic import BaseModel

from serving.at_risk.scores_file import Scores
from serving.at_risk.selection import Selection, segments_of, values_of
from serving.at_risk.why import in_words
from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.lists import (
    AtRiskAnswer,
    AtRiskFilters,
    AtRiskRequest,
    AtRiskRow,
    ListedSegment,
    selection_of,
)
from serving.language.language import Language


def at_risk(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        served = runtime.current().tag
        return await runtime.run_on_files(_answer, runtime, asked, served, call.request_id)

    return Endpoint(
        path="/at_risk",
        summary="Those most at risk, of the latest batch scoring.",
        body=AtRiskRequest,
        answer=AtRiskAnswer,
        work=work,
        statuses=(404,),
    )


def _answer(runtime: Runtime, asked: Any, served: str, request_id: str) -> BaseModel:
    scores = runtime.scores.read()
    age = (runtime.now() - scores.as_of) / timedelta(days=1)
    other_model, too_old = scores.model != served, age > runtime.settings.max_scores_age_days
    wanted = Selection(**selection_of(asked)).of(scores.table)
    page = in_words(wanted.slice(asked.offset, asked.limit), Language(asked.language)).to_pylist()
    return AtRiskAnswer.of(
        rows=[AtRiskRow.of(**row) for row in page],
        total=wanted.num_rows,
        customers=scores.table.num_rows,
        left=pc.sum(scores.table["left"]).as_py() or 0,
        unscored=_unscored(scores),
        as_of=scores.as_of,
        age_days=round(age, 1),
        written=scores.written,
        model=scores.model,
        other_model=other_model,
        too_old=too_old,
        current=not (other_model or too_old),
        filters=_filters(scores),
        request_id=request_id,
    )


def _unscored(scores: Scores) -> int:
    without = pc.and_(pc.is_null(scores.table["probability"]), pc.invert(scores.table["left"]))
    return pc.sum(without).as_py() or 0


def _filters(scores: Scores) -> AtRiskFilters:
    return AtRiskFilters(
        segments=[ListedSegment(id=number, name=name) for number, name in segments_of(scores.table)],
        contracts=values_of(scores.table["contract"]),
    )
