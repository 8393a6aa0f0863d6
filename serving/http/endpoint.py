"""One endpoint: what it takes, what it gives, and how it is put into the application.

FastAPI documents the routes and BentoML puts them into its OpenAPI page; a route hands the raw request over,
so that every byte of an error is ours and the hot path does no more than it must.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.http.http_errors import REQUEST_ID, error_response
from serving.http.requests import parse_body, read_body, request_id_of
from serving.http.schemas import ErrorAnswer

access_log = logging.getLogger("bentoml.stayline.access")

Work = Callable[[Any, str], Awaitable[BaseModel | str]]
"""From a checked body and a request id to an answer, or its JSON text; raises a ServingError."""

ALWAYS = (400, 408, 413, 500, 503)
"""Statuses that every endpoint may answer with."""


@dataclass(frozen=True)
class Endpoint:
    """A ``POST`` with a JSON object for its body and its answer.

    Attributes
    ----------
    path : str
        Begins with a slash; what follows is the name of the operation.
    summary : str
    body, answer : type of pydantic model
    work : callable
    statuses : tuple of int
        Error statuses beside :data:`ALWAYS`.
    """

    path: str
    summary: str
    body: type[BaseModel]
    answer: type[BaseModel]
    work: Work
    statuses: tuple[int, ...] = ()


class RawRoute(APIRoute):
    """A route that FastAPI documents and leaves alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hand over the endpoint as it is."""
        return self.endpoint

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without the stacks that FastAPI keeps for dependencies, of which there are none here."""
        if scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


def add_endpoint(app: FastAPI, endpoint: Endpoint, max_body_bytes: int) -> None:
    """Put an endpoint into an application whose routes are `RawRoute`."""

    async def answer(request: Request) -> Response:
        started, request_id = time.perf_counter(), request_id_of(request)
        try:
            asked = parse_body(endpoint.body, await read_body(request, max_body_bytes))
            told = await endpoint.work(asked, request_id)
            text = told if isinstance(told, str) else told.model_dump_json()
            response = Response(text, 200, {REQUEST_ID: request_id}, "application/json")
        except Exception as error:  # every error has an answer: see http_errors
            response = error_response(error, request_id)
        elapsed = 1000 * (time.perf_counter() - started)
        access_log.info("POST %s %d %.1f ms %s", endpoint.path, response.status_code, elapsed, request_id)
        return response

    responses: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorAnswer} for status in sorted({*ALWAYS, *endpoint.statuses})
    }
    responses[200] = {"model": endpoint.answer}
    body = {"application/json": {"schema": endpoint.body.model_json_schema()}}
    app.add_api_route(
        endpoint.path,
        answer,
        methods=["POST"],
        summary=endpoint.summary,
        operation_id=endpoint.path.strip("/"),
        responses=responses,
        openapi_extra={"requestBody": {"required": True, "content": body}},
    )


def construct(kind: type[BaseModel], /, **values: Any) -> BaseModel:
    """Make an answer of values that have been checked already."""
    return kind.model_construct(None, **values)
