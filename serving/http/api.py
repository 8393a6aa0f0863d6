"""The endpoints ``/score``, ``/score_many`` and ``/model``, as an application that the Bento service mounts.

A FastAPI application, so that BentoML puts it into its OpenAPI page; its routes hand the raw request over, so
that every byte of an error is ours and the hot path does no more than it must.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from serving.errors import NotReady, StoreError, WrongMethod
from serving.http.http_errors import REQUEST_ID, error_response
from serving.http.requests import parse_body, read_body, request_id_of
from serving.http.schemas import (
    ErrorAnswer,
    Found,
    ModelAnswer,
    ModelFacts,
    ModelRequest,
    ScoreAnswer,
    ScoreManyAnswer,
    request_models,
)
from serving.http.scoring import Scoring
from serving.language.catalogue import LanguageCode
from serving.settings import Settings

T = TypeVar("T")
_NOT_LOADED = "the model is not loaded yet; ask again in a few seconds"
access_log = logging.getLogger("bentoml.stayline.access")


@dataclass
class Runtime:
    """What the endpoints work with; `scoring` and `facts` are set when the service has loaded its model.

    Parameters
    ----------
    settings : Settings
    scoring : Scoring or None
    facts : mapping of {"en", "es"} to ModelFacts, or None
        Of the same model.
    """

    settings: Settings
    scoring: Scoring | None = None
    facts: Mapping[LanguageCode, ModelFacts] | None = None

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.settings.threads, thread_name_prefix="score")

    def loaded(self) -> Scoring:
        """The scoring. Raises NotReady before the model is loaded."""
        if self.scoring is None:
            raise NotReady(_NOT_LOADED)
        return self.scoring

    def told(self, language: LanguageCode) -> ModelFacts:
        """The model's facts. Raises NotReady before the model is loaded."""
        if self.facts is None:
            raise NotReady(_NOT_LOADED)
        return self.facts[language]

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run blocking work in a thread, so that a slow store never stops the event loop.

        Raises
        ------
        StoreError
            If it takes longer than the settings allow.
        """
        future = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        try:
            return await asyncio.wait_for(future, self.settings.read_timeout_seconds)
        except TimeoutError as error:
            raise StoreError(
                f"the online store did not answer within {self.settings.read_timeout_seconds:g} s; "
                "ask again, or see what holds it"
            ) from error


class _RawRoute(APIRoute):
    """A route that FastAPI documents and leaves alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint


def build_app(runtime: Runtime) -> FastAPI:
    """Make the application with its endpoints."""
    score_request, score_many_request = request_models(runtime.settings)
    limit = runtime.settings.max_body_bytes

    async def score(request: Request, request_id: str) -> BaseModel:
        asked = parse_body(score_request, await read_body(request, limit))
        scoring = runtime.loaded()
        found = await runtime.run(scoring.one, asked.customerID)
        return _construct(ScoreAnswer, **found.__dict__, **_origin(scoring), request_id=request_id)

    async def score_many(request: Request, request_id: str) -> BaseModel:
        asked = parse_body(score_many_request, await read_body(request, limit))
        scoring = runtime.loaded()
        results = await runtime.run(scoring.many, asked.customerIDs)
        found = sum(isinstance(result, Found) for result in results)
        return _construct(
            ScoreManyAnswer,
            results=results,
            found=found,
            failed=len(results) - found,
            **_origin(scoring),
            request_id=request_id,
        )

    async def model(request: Request, request_id: str) -> BaseModel:
        asked = parse_body(ModelRequest, await read_body(request, limit))
        return _construct(ModelAnswer, **runtime.told(asked.language).__dict__, request_id=request_id)

    app = FastAPI(title="Stayline", openapi_url=None, exception_handlers={HTTPException: _starlette_error})
    app.router.route_class = _RawRoute
    _add(app, "/score", score, score_request, ScoreAnswer, "The risk of one customer, by customerID.")
    _add(
        app,
        "/score_many",
        score_many,
        score_many_request,
        ScoreManyAnswer,
        "The risk of up to 1,000 customers.",
    )
    _add(app, "/model", model, ModelRequest, ModelAnswer, "The model that is served, and its card.")
    return app


def _add(
    app: FastAPI,
    path: str,
    work: Callable[[Request, str], Coroutine[Any, Any, BaseModel]],
    body: type[BaseModel],
    answer: type[BaseModel],
    summary: str,
) -> None:
    async def endpoint(request: Request) -> Response:
        started, request_id = time.perf_counter(), request_id_of(request)
        try:
            text = (await work(request, request_id)).model_dump_json()
            response = Response(text, 200, {REQUEST_ID: request_id}, "application/json")
        except Exception as error:  # every error has an answer: see http_errors
            response = error_response(error, request_id)
        elapsed = 1000 * (time.perf_counter() - started)
        access_log.info("POST %s %d %.1f ms %s", path, response.status_code, elapsed, request_id)
        return response

    statuses = (400, 404, 408, 409, 413, 500, 503) if path == "/score" else (400, 408, 413, 500, 503)
    responses: dict[int | str, dict[str, Any]] = {status: {"model": ErrorAnswer} for status in statuses}
    responses[200] = {"model": answer}
    app.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        summary=summary,
        operation_id=path.strip("/"),
        responses=responses,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": body.model_json_schema()}},
            }
        },
    )


def _construct(kind: type[BaseModel], /, **values: Any) -> BaseModel:
    """Make an answer of values that have been checked already."""
    return kind.model_construct(None, **values)


def _origin(scoring: Scoring) -> dict[str, str]:
    return {"model": scoring.scorer.tag, "feature_service": scoring.scorer.model.signature.feature_service}


async def _starlette_error(request: Request, error: Exception) -> Response:
    """Answer a wrong method, the one error that the router itself raises."""
    wrong = WrongMethod(f"{request.url.path} takes POST, not {request.method}", "POST")
    return error_response(wrong, request_id_of(request))
