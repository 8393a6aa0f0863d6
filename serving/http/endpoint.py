"""One endpoint: its request, its answer, and its route in the application.

FastAPI only documents the routes. Each route receives the raw request, so that we write every error body
ourselves and the hot path skips FastAPI's parsing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from serving.http.call import Call, call_of
from serving.http.http_errors import REQUEST_ID, error_response
from serving.http.requests import parse_body
from serving.http.schemas.error_answer import ErrorAnswer
from serving.scoring.error_codes import error_code
from serving.scoring.finite_json import finite_json

Work = Callable[[Any, Call], Awaitable[BaseModel | Response]]
"""Turns a validated body and its `Call` into an answer or a whole response. Raises ServingError."""

ALWAYS = (400, 401, 405, 408, 413, 429, 500, 503, 504)
"""Error statuses that every endpoint may return."""


@dataclass(frozen=True)
class Endpoint:
    """A ``POST`` endpoint with a JSON object as its body.

    Attributes
    ----------
    path : str
        Starts with a slash; the rest is the name of the operation.
    summary : str
    body : type of pydantic model
    answer : type of pydantic model, or str
        Model of the JSON answer, or media type of a file.
    work : callable
    statuses : tuple of int
        Error statuses in addition to :data:`ALWAYS`.
    """

    path: str
    summary: str
    body: type[BaseModel]
    answer: type[BaseModel] | str
    work: Work
    statuses: tuple[int, ...] = ()


class RawRoute(APIRoute):
    """A route that FastAPI documents but does not process."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint without FastAPI's wrapper."""
        return self.endpoint


def add_endpoint(app: FastAPI, endpoint: Endpoint) -> None:
    """Add an endpoint to an application whose routes are `RawRoute`. The guard has read the body."""

    async def answer(request: Request) -> Response:
        call = call_of(request.scope)
        request_id = call.request_id
        try:
            asked = parse_body(endpoint.body, call.body)
            made = await endpoint.work(asked, call)
            return made if isinstance(made, Response) else JsonText(finite_json(made), request_id)
        except Exception as error:  # every error has an answer: see http_errors
            call.code = error_code(error)
            return error_response(error, request_id)

    responses: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorAnswer} for status in sorted({*ALWAYS, *endpoint.statuses})
    }
    if isinstance(endpoint.answer, str):
        responses[200] = {"content": {endpoint.answer: {}}}
    else:
        responses[200] = {"model": endpoint.answer}
    body = {"application/json": {"schema": endpoint.body.model_json_schema()}}
    app.add_api_route(
        endpoint.path,
        answer,
        methods=["POST"],
        summary=endpoint.summary,
        operation_id=endpoint.path.strip("/"),
        responses=responses,
        response_class=Response if isinstance(endpoint.answer, str) else JSONResponse,
        openapi_extra={"requestBody": {"required": True, "content": body}},
    )


class JsonText(Response):
    """A response with a JSON text. Its three headers are set directly, which is faster than `Response`."""

    media_type = "application/json"

    def __init__(self, text: str, request_id: str) -> None:
        self.status_code, self.background = 200, None
        self.body = text.encode()
        self.raw_headers = [
            (REQUEST_ID.lower().encode(), request_id.encode()),
            (b"content-length", str(len(self.body)).encode()),
            (b"content-type", b"application/json"),
        ]
