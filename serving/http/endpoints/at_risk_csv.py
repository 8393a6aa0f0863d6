"""``POST /at_risk_csv``: all customers that meet the filters, as a CSV file."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response, StreamingResponse

from serving.at_risk.csv_rows import csv_pieces
from serving.at_risk.selection import Selection
from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.http_errors import REQUEST_ID
from serving.http.runtime import Runtime
from serving.http.schemas.lists import AtRiskCsvRequest, selection_of


def at_risk_csv(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> Response:
        selection = Selection(**selection_of(asked))
        table = await runtime.run_on_files(lambda: selection.of(runtime.scores.read().table))
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
