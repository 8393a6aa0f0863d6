"""The fast path: a request for an endpoint skips the layers of BentoML and FastAPI.

Those layers match paths, keep contexts, enforce timeouts and trace. The guard and the endpoints do this
themselves or do not need it. Together the layers take longer than reading and scoring a customer.
"""

from __future__ import annotations

from collections.abc import Callable

from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class FastPath:
    """An ASGI application that calls the endpoints directly and passes all other requests on.

    Parameters
    ----------
    app : ASGIApp
        Receives all other requests.
    api : FastAPI
        Made by `serving.http.api.build_app`.
    """

    def __init__(self, app: ASGIApp, api: FastAPI) -> None:
        self._app = app
        self._answers = {
            route.path: route.endpoint
            for route in api.routes
            if isinstance(route, APIRoute) and "POST" in (route.methods or ())
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        answer = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
        else:
            response = await answer(Request(scope, receive, send))
            await response(scope, receive, send)


def take_out_counters(app: Starlette) -> Callable[[ASGIApp], ASGIApp]:
    """Remove BentoML's request counters from its application, to wrap both it and the fast path.

    Parameters
    ----------
    app : Starlette
        Must not have answered a request yet.

    Returns
    -------
    callable
        Wraps an application in the counters, or returns it unchanged if metrics are turned off.
    """
    for layer in app.user_middleware:
        if layer.cls is RunnerTrafficMetricsMiddleware:
            app.user_middleware.remove(layer)
            return lambda inner: RunnerTrafficMetricsMiddleware(inner, *layer.args, **layer.kwargs)
    return lambda inner: inner
