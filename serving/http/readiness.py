"""Whether the service can answer: its model is loaded, and the online store is readable and of its base."""

from __future__ import annotations

from starlette.responses import Response

from serving.errors import NotReady, StoreError
from serving.http.finite_json import finite_json
from serving.http.http_errors import REQUEST_ID, error_response
from serving.http.runtime import Runtime
from serving.http.schemas import ReadyAnswer


async def readiness_response(runtime: Runtime, request_id: str, *, reasons: bool) -> Response:
    """Answer 200 or 503.

    Parameters
    ----------
    runtime : Runtime
    request_id : str
    reasons : bool
        Whether to tell model and base, or why not; a stranger is only told yes or no.
    """
    try:
        scoring = runtime.loaded().scoring
        base = await runtime.run(scoring.check)
    except (NotReady, StoreError) as error:
        told = str(error) if reasons else "the service cannot answer now; ask with an API key for the reason"
        return error_response(NotReady(told), request_id)
    answer = ReadyAnswer(model=scoring.scorer.tag, base=base) if reasons else ReadyAnswer()
    return Response(finite_json(answer), 200, {REQUEST_ID: request_id}, "application/json")
