"""The outermost layer: paths, API keys, limits, the deadline and the log line of each request."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import get_args

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.counters import LabelledCounter
from serving.errors import (
    RequestError,
    RequestOverdue,
    RequestTimeout,
    Unauthorized,
    UnknownPath,
    WrongMethod,
)
from serving.http.call import SCOPE_KEY, Call
from serving.http.endpoints import PATHS
from serving.http.guard.intake import Intake
from serving.http.guard.keys import KeyRing
from serving.http.guard.routes import Route, route_table
from serving.http.http_errors import REQUEST_ID, error_response
from serving.http.json_logs import log_request
from serving.http.openapi_document import openapi_document
from serving.http.readiness import readiness_response
from serving.http.runtime import Runtime
from serving.scoring.error_codes import error_code
from serving.scoring.error_detail import ErrorCode

REFUSED_REQUESTS = LabelledCounter(
    "stayline_refused", "Requests that no endpoint saw, or whose time was over", "code", get_args(ErrorCode)
)
"""BentoML does not count these: it sees only requests that pass the guard."""
_HEADER = REQUEST_ID.lower().encode()
_POLICY_OF_BENTOMLS_PAGE = (
    b"content-security-policy",
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
)
"""BentoML's page loads a tracker from another site; this policy makes the browser block it."""


class Guard:
    """Checks every request before an ASGI application receives it.

    Parameters
    ----------
    app : ASGIApp
    runtime : Runtime
    keys : KeyRing, optional
        None accepts requests without a key.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, keys: KeyRing | None = None) -> None:
        self._app = app
        self._runtime = runtime
        self._keys = keys
        self._routes = route_table(PATHS)
        self.intake = Intake(runtime.settings)
        self._seconds = runtime.settings.request_timeout_seconds
        self._document: Response | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:  # a WebSocket, which is not supported
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def heard(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._runtime.stopping.listen()
            await send(message)

        await self._app(scope, receive, heard)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = scope[SCOPE_KEY] = Call(scope)
        method, path = scope["method"], scope["path"]
        route = self._routes.get(path)
        deadline = asyncio.timeout(self._seconds)

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                _stamp(message, call.request_id)
                if path == "/":
                    message["headers"] = [*message["headers"], _POLICY_OF_BENTOMLS_PAGE]
            elif message.get("more_body", False):  # a streamed answer: the deadline is per chunk
                deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)
            await send(message)

        try:
            async with deadline:
                await self._let_in(call, route, scope, receive, stamped)
        except ClientDisconnect:  # nobody is left to answer
            pass
        except Exception as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                await self._give_up(call, scope, receive, stamped)
            elif call.status:
                raise
            else:  # unforeseen, and outside the endpoints
                await self._refuse(error, call, scope, receive, stamped)
        finally:
            known = method if route and method in route.methods else "unknown"
            log_request(call, known, path if route else "unknown")

    async def _let_in(
        self, call: Call, route: Route | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self._keys is not None:
            call.key_name = self._keys.name_of(call.key)
        try:
            found = self._admitted(call, route, scope)
            if found.scores:
                await self.intake.read(call, receive)
        except RequestError as refusal:
            await self._refuse(refusal, call, scope, receive, send)
            return
        if found.scores:
            with self.intake:
                await self._app(scope, receive, send)
        else:
            own = await self._own(call, scope["path"])
            await (own or self._app)(scope, receive, send)

    async def _refuse(
        self, refusal: Exception, call: Call, scope: Scope, receive: Receive, send: Send
    ) -> None:
        call.code = error_code(refusal)
        REFUSED_REQUESTS.add(call.code)
        await error_response(refusal, call.request_id)(scope, receive, send)

    async def _give_up(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer that the deadline has passed; a response that has started is cut off."""
        if call.status:
            call.code = error_code(RequestOverdue())
            REFUSED_REQUESTS.add(call.code)
            return
        seconds = f"{self._seconds:g} s"
        over: RequestError = RequestOverdue(f"there was no answer within {seconds}; ask again, or for less")
        if not call.arrived:
            over = RequestTimeout(f"the body did not arrive within {seconds}; send it again")
        await self._refuse(over, call, scope, receive, send)

    def _admitted(self, call: Call, route: Route | None, scope: Scope) -> Route:
        """Return the route if the request is allowed to use it. Raises RequestError."""
        if route is None:
            raise UnknownPath("there is no such path; see /docs.json")
        if scope["method"] not in route.methods:
            allowed = ", ".join(route.methods)
            raise WrongMethod(f"{scope['path']} takes {allowed} and no other method", allowed)
        if route.needs_key and self._keys is not None and call.key_name is None:
            raise Unauthorized("send a valid API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`")
        return route

    async def _own(self, call: Call, path: str) -> Response | None:
        """The guard's own response for a path, in place of BentoML's; None if it has none."""
        if path == "/readyz":
            trusted = self._keys is None or call.key_name is not None
            return await readiness_response(self._runtime, call.request_id, reasons=trusted)
        if path == "/docs.json":
            if self._document is None:
                make = partial(openapi_document, self._runtime, keys_required=self._keys is not None)
                self._document = JSONResponse(await self._runtime.run_on_files(make))
            return self._document
        return None


def _stamp(message: Message, request_id: str) -> None:
    if not any(name == _HEADER for name, _ in message["headers"]):
        message["headers"] = [*message["headers"], (_HEADER, request_id.encode())]
