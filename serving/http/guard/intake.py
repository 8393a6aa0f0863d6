"""What one worker takes on: the bodies that it awaits, and the requests that it has in hand.

They are counted apart: a request counts against `max_concurrency` only after its body has arrived, so that a
client who sends slowly takes no place from one who is ready to be answered.
"""

from __future__ import annotations

from starlette.types import Receive

from serving.errors import TooBusy
from serving.http.call import Call
from serving.http.requests import read_body
from serving.settings import Settings


class Intake:
    """Counts, and refuses what is too much; a ``with`` block is one request in hand.

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
        """See that there is a place. Raises TooBusy."""
        if self.in_hand >= self._most:
            raise TooBusy(f"{self._most} requests are being answered already; ask again in a second")

    async def read(self, call: Call, receive: Receive) -> None:
        """Read the body of a request for which there is a place, before and after.

        Raises
        ------
        TooBusy, BodyTooLarge
        ClientDisconnect
            If the client goes away in the middle.
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
