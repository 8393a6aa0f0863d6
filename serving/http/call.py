"""The state of one request: its id, its API key and its outcome."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping

from starlette.types import Scope

SCOPE_KEY = "stayline.call"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")


class Call:
    """What the guard knows about a request. The inner layers read it from the ASGI scope.

    Parameters
    ----------
    scope : Scope
        The request's; its headers are read once.

    Attributes
    ----------
    request_id : str
        The client's own ``X-Request-ID`` if it is short and plain, or else a new one.
    key : bytes or None
        The API key that was sent.
    length : int or None
        ``Content-Length`` in bytes, if the client sent it.
    arrived : bool
        False while the body is being received.
    body : bytes
        The body, once it has been read.
    key_name : str or None
        Name of that key, once it has been checked; None if it is unknown.
    status : int
        HTTP status; 0 until the response starts.
    code : str or None
        Error code of the response.
    model : str or None
        Exact tag of the model that scores; for ``/score_many``, the champion's.
    role : {"champion", "challenger"} or None
        Role of that model.
    answered : mapping of str to int
        For ``/score_many`` in mode split, the number of customers that each model scored, by tag.
    """

    __slots__ = (
        "answered",
        "arrived",
        "body",
        "code",
        "key",
        "key_name",
        "length",
        "model",
        "request_id",
        "role",
        "started",
        "status",
    )

    def __init__(self, scope: Scope) -> None:
        self.started = time.perf_counter()
        self.status = 0
        self.code: str | None = None
        self.key_name: str | None = None
        self.length: int | None = None
        self.arrived = True
        self.body = b""
        self.model: str | None = None
        self.role: str | None = None
        self.answered: Mapping[str, int] = {}
        given, bearer, plain = b"", None, None
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given = value
            elif name == b"authorization":
                bearer = value
            elif name == b"x-api-key":
                plain = value
            elif name == b"content-length":
                self.length = int(value)  # the server refuses a value that is not a number
        self.request_id = given.decode() if _GIVEN_ID.fullmatch(given) else os.urandom(16).hex()
        # A proxy may send a password of its own in Authorization; then X-API-Key counts.
        token = None if bearer is None else _token(bearer)
        self.key: bytes | None = plain if token is None else token

    @property
    def milliseconds(self) -> float:
        """Milliseconds since the request arrived."""
        return 1000 * (time.perf_counter() - self.started)


def call_of(scope: Scope) -> Call:
    """The `Call` in a scope, or a new one if no guard has put one there."""
    call = scope.get(SCOPE_KEY)
    if not isinstance(call, Call):
        call = scope[SCOPE_KEY] = Call(scope)
    return call


def _token(authorization: bytes) -> bytes | None:
    scheme, _, token = authorization.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else None
