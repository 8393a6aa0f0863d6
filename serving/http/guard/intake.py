"""Limits of one worker: how many bodies it waits for, and how many requests it answers at a time.

The two are counted separately. A request counts against `max_concurrency` only after its body has arrived,
so that a slow client takes no place from one whose request is complete.
"""

from __future__ import annotations

from starlette.types import Receive

from serving.errors import TooBusy
from serving.http.call import Call
from serving.http.requests import read_body
from serving.settings import Settings


class Intake:
    """Counts requests and refuses those above a limit; a ``with`` block counts one that is being answered.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_concurrency
        self._most_awaited = settings.max_awaited_bodies
        self._body_limit = settings.max_body_bytes
        self.in_hand = 0
        self.awaited = 0

    def check(self) -> None:
        """Raise TooBusy if `max_concurrency` requests are being answered."""
        if self.in_hand >= self._most:
            raise TooBusy(f"{self._most} requests are being answered already; ask again in a second")

    async def read(self, call: Call, receive: Receive) -> None:
        """Read a request's body; `check` runs before and after.

        Raises
        ------
        TooBusy, BodyTooLarge
        ClientDisconnect
            If the client disconnects before the end.
        """
        self.check()
        if self.awaited >= self._most_awaited:
            raise TooBusy(f"the bodies of {self._most_awaited} requests are awaited already; ask again later")
        self.awaited += 1
        call.arrived = False
        try:
            call.body = await read_body(receive, call.length, self._body_limit)
            call.arrived = True
        finally:
            self.awaited -= 1
        self.check()

    def __enter__(self) -> None:
        self.in_hand += 1

    def __exit__(self, *_: object) -> None:
        self.in_hand -= 1
