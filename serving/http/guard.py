"""The outermost layer of the service: who may come in, where to, how many at a time; and the log of it."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import RequestError, TooBusy, Unauthorized, UnknownPath, WrongMethod
from serving.http.call import SCOPE_KEY, Call
from serving.http.endpoints import PATHS
from serving.http.http_errors import REQUEST_ID, error_code, error_response
from serving.http.json_logs import log_request
from serving.http.keys import KeyRing
from serving.http.openapi_document import openapi_document
from serving.http.paths import Route, route_table
from serving.http.readiness import readiness_response
from serving.http.refusals import count_refusal
from serving.http.runtime import Runtime

_HEADER = REQUEST_ID.lower().encode()


class Guard:
    """Wrap an ASGI application.

    Parameters
    ----------
    app : ASGIApp
    runtime : Runtime
    keys : KeyRing, optional
        None lets everybody in.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, keys: KeyRing | None = None) -> None:
        self._app = app
        self._runtime = runtime
        self._keys = keys
        self._routes = route_table(PATHS)
        self._most = runtime.settings.max_concurrency
        self._in_hand = 0
        self._document: Response | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:  # a WebSocket, which nothing here speaks
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = scope[SCOPE_KEY] = Call(scope)
        method, path = scope["method"], scope["path"]
        route = self._routes.get(path)

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                _stamp(message, call.request_id)
            await send(message)

        try:
            await self._let_in(call, route, scope, receive, stamped)
        finally:
            known = method if route and method in route.methods else "unknown"
            log_request(call, known, path if route else "unknown", self._tag())

    async def _let_in(
        self, call: Call, route: Route | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self._keys is not None:
            call.key_name = self._keys.name_of(call.key)
        refusal = self._refusal(call, route, scope)
        if refusal is not None:
            call.code = error_code(refusal)
            count_refusal(call.code)
            await error_response(refusal, call.request_id)(scope, receive, send)
        elif route is not None and route.scores:
            self._in_hand += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._in_hand -= 1
        else:
            own = await self._own(call, scope["path"])
            await (own or self._app)(scope, receive, send)

    def _refusal(self, call: Call, route: Route | None, scope: Scope) -> RequestError | None:
        if route is None:
            return UnknownPath("there is no such path; see /docs.json")
        if scope["method"] not in route.methods:
            allowed = ", ".join(route.methods)
            return WrongMethod(f"{scope['path']} takes {allowed} and no other method", allowed)
        if route.needs_key and self._keys is not None and call.key_name is None:
            return Unauthorized("send a valid API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`")
        if route.scores and self._in_hand >= self._most:
            return TooBusy(f"{self._most} requests are being answered already; ask again in a second")
        return None

    async def _own(self, call: Call, path: str) -> Response | None:
        """Answers of the guard's own, in place of BentoML's."""
        if path == "/readyz":
            trusted = self._keys is None or call.key_name is not None
            return await readiness_response(self._runtime, call.request_id, reasons=trusted)
        if path == "/docs.json":
            if self._document is None:
                self._document = JSONResponse(
                    openapi_document(self._runtime, keys_required=self._keys is not None)
                )
            return self._document
        return None

    def _tag(self) -> str | None:
        served = self._runtime.served
        return served.tag if served else None


def _stamp(message: Message, request_id: str) -> None:
    if not any(name == _HEADER for name, _ in message["headers"]):
        message["headers"] = [*message["headers"], (_HEADER, request_id.encode())]
