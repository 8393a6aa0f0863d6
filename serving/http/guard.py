"""The outermost layer of the service: only known paths come in, and readiness is answered with its reason.

BentoML counts requests by path, so a path that somebody makes up, perhaps of a customerID, must not reach it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.errors import UnknownPath
from serving.http.http_errors import error_response
from serving.http.page import PAGE_PATHS
from serving.http.readiness import readiness_response
from serving.http.requests import request_id_of
from serving.http.runtime import Runtime

PATHS = frozenset(
    [
        *("/", "/score", "/score_many", "/what_if", "/at_risk", "/at_risk_csv"),
        *("/model", "/segments", "/history"),
        *PAGE_PATHS,
        *("/healthz", "/livez", "/readyz", "/metrics", "/docs.json", "/schema.json"),
    ]
)
PREFIXES = ("/static_content/",)


class Guard:
    """Wrap an ASGI application.

    Parameters
    ----------
    app : ASGIApp
    runtime : Runtime
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or (path != "/readyz" and _known(path)):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        request_id = request_id_of(request)
        if path == "/readyz":
            response = await readiness_response(self._runtime, request_id)
        else:
            response = error_response(UnknownPath("there is no such path; see /docs.json"), request_id)
        await response(scope, receive, send)


def _known(path: str) -> bool:
    return path in PATHS or path.startswith(PREFIXES)
