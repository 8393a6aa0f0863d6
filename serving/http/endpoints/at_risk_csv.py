"""``POST /at_risk_csv``: all customers that meet the filters, as a CSV file."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from starlette.responses import Response, StreamingResponse

from serving.at_risk.csv_rows import csv_pieces
from serving.at_risk.selection import Selection
from serving.at_risk.why import in_words
from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.http_errors import REQUEST_ID
from serving.http.runtime import Runtime
from serving.http.schemas.lists import AtRiskCsvRequest, selection_of
from serving.language.language import Language


def at_risk_csv(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> Response:
        table = await runtime.run_on_files(_rows, runtime, asked)
        headers = {REQUEST_ID: call.request_id, "Content-Disposition": 'attachment; filename="at_risk.csv"'}
        return StreamingResponse(csv_pieces(table), 200, headers, "text/csv")

    return Endpoint(
        path="/at_risk_csv",
        summary="Those most at risk of the latest batch scoring, all of them, as CSV.",
        body=AtRiskCsvRequest,
        answer="text/csv",
        work=work,
        statuses=(404,),
    )


def _rows(runtime: Runtime, asked: Any) -> pa.Table:
    selected = Selection(**selection_of(asked)).of(runtime.scores.read().table)
    return in_words(selected, Language(asked.language))
