"""The paths that the service answers, their methods, and which of them need an API key.

BentoML counts requests by path, so a made-up path, perhaps with a customerID in it, must not reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bentoml._internal import server as _bentoml_server

from serving.http.page import PAGE_PATHS

READ = ("GET", "HEAD")


@dataclass(frozen=True)
class Route:
    """One path.

    Attributes
    ----------
    methods : tuple of str
    needs_key : bool
        Whether it needs an API key; the pages and the probes are public.
    scores : bool
        Whether it counts against `max_concurrency`, as every endpoint with a JSON body does.
    """

    methods: tuple[str, ...]
    needs_key: bool
    scores: bool = False


_OPEN = Route(READ, needs_key=False)
_CLOSED = Route(READ, needs_key=True)


def route_table(posts: Iterable[str]) -> Mapping[str, Route]:
    """The route of every path that is answered.

    Parameters
    ----------
    posts : iterable of str
        Paths of the endpoints that take a JSON body.
    """
    open_paths = ("/", "/livez", "/healthz", "/readyz", "/docs.json", *PAGE_PATHS, *_bentoml_files())
    return {
        **dict.fromkeys(open_paths, _OPEN),
        **dict.fromkeys(("/metrics", "/schema.json"), _CLOSED),
        **dict.fromkeys(posts, Route(("POST",), needs_key=True, scores=True)),
    }


def _bentoml_files() -> list[str]:
    """The files of BentoML's own page, one by one: a prefix would let made-up paths through."""
    folder = Path(_bentoml_server.__file__).parent / "static_content"
    return sorted(f"/static_content/{path.name}" for path in folder.iterdir() if path.is_file())
