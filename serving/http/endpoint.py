"""One endpoint: what it takes, what it gives, and how it is put into the application.

FastAPI documents the routes and BentoML puts them into its OpenAPI page; a route hands the raw request over,
so that every byte of an error is ours and the hot path does no more than it must.
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
"""From a checked body and its call to an answer, or to a response that is one; raises a ServingError."""

ALWAYS = (400, 401, 405, 408, 413, 429, 500, 503, 504)
"""Statuses that every endpoint may answer with."""


@dataclass(frozen=True)
class Endpoint:
    """A ``POST`` with a JSON object for its body and its answer.

    Attributes
    ----------
    path : str
        Begins with a slash; what follows is the name of the operation.
    summary : str
    body : type of pydantic model
    answer : type of pydantic model, or str
        A str is the media type of a file.
    work : callable
    statuses : tuple of int
        Error statuses beside :data:`ALWAYS`.
    """

    path: str
    summary: str
    body: type[BaseModel]
    answer: type[BaseModel] | str
    work: Work
    statuses: tuple[int, ...] = ()


class RawRoute(APIRoute):
    """A route that FastAPI documents and leaves alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hand over the endpoint as it is."""
        return self.endpoint


def add_endpoint(app: FastAPI, endpoint: Endpoint) -> None:
    """Put an endpoint into an application whose routes are `RawRoute`; the guard has read the body."""

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
    """A JSON text as an answer; its three headers are written out, which `Response` works out one by one."""

    media_type = "application/json"

    def __init__(self, text: str, request_id: str) -> None:
        self.status_code, self.background = 200, None
        self.body = text.encode()
        self.raw_headers = [
            (REQUEST_ID.lower().encode(), request_id.encode()),
            (b"content-length", str(len(self.body)).encode()),
            (b"content-type", b"application/json"),
        ]
