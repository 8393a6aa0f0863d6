"""The short way: a request for an endpoint goes straight to it, past the layers of BentoML and FastAPI.

Those layers match paths, keep contexts, time out and trace, which the guard and the endpoints do themselves
or do not need; together they take longer than reading and scoring a customer.
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
    """An ASGI application that answers for the endpoints itself, and leaves all else to another one.

    Parameters
    ----------
    app : ASGIApp
        What answers everything else.
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
    """Take BentoML's request counters out of its application, to be put around it and the short way.

    Parameters
    ----------
    app : Starlette
        Has not answered anything yet.

    Returns
    -------
    callable
        Puts the counters around an application; leaves it as it is where metrics are turned off.
    """
    for layer in app.user_middleware:
        if layer.cls is RunnerTrafficMetricsMiddleware:
            app.user_middleware.remove(layer)
            return lambda inner: RunnerTrafficMetricsMiddleware(inner, *layer.args, **layer.kwargs)
    return lambda inner: inner
