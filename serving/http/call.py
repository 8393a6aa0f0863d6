"""One request on its way through the service: its id, whose it is, and how it ended."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping

from starlette.types import Scope

SCOPE_KEY = "stayline.call"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")


class Call:
    """What the guard knows of a request; it lies in the ASGI scope, so that the inner layers find it.

    Parameters
    ----------
    scope : Scope
        Of a request; its headers are gone through once.

    Attributes
    ----------
    request_id : str
        The client's own ``X-Request-ID`` if it is short and plain, or else a new one.
    key : bytes or None
        The API key that was sent.
    length : int or None
        How many bytes the body has, if the client says so.
    arrived : bool
        False while the body is awaited.
    body : bytes
        The body, once it has been read.
    key_name : str or None
        Whose key that is, once it has been checked.
    status : int
        0 until an answer begins.
    code : str or None
        Error code of the answer.
    model : str or None
        Exact tag of the model that is asked to score; for several customers, the champion's.
    role : {"champion", "challenger"} or None
        What that model is.
    answered : mapping of str to int
        While customers are split, how many of several each model has scored, by its tag.
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
                self.length = int(value)  # a number, or the server would have refused the request
        self.request_id = given.decode() if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        token = None if bearer is None else _token(bearer)  # a proxy may send a password of its own
        self.key: bytes | None = plain if token is None else token

    @property
    def milliseconds(self) -> float:
        """How long the request has been here."""
        return 1000 * (time.perf_counter() - self.started)


def call_of(scope: Scope) -> Call:
    """The request's call: the guard's, or a new one in an application that has no guard."""
    call = scope.get(SCOPE_KEY)
    if not isinstance(call, Call):
        call = scope[SCOPE_KEY] = Call(scope)
    return call


def _token(authorization: bytes) -> bytes | None:
    scheme, _, token = authorization.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else None
