"""What may be asked: the paths, the method of each, and which of them need an API key.

BentoML counts requests by path, so a path that somebody makes up, perhaps of a customerID, must not reach it.
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
        Whether it tells anything that is not public; the pages and the probes do not.
    scores : bool
        Whether it is work for the model, which is counted against `max_concurrency`.
    """

    methods: tuple[str, ...]
    needs_key: bool
    scores: bool = False


_OPEN = Route(READ, needs_key=False)
_CLOSED = Route(READ, needs_key=True)


def route_table(posts: Iterable[str]) -> Mapping[str, Route]:
    """Every path that is answered.

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
    """The files of BentoML's own page, one by one: below a mere prefix, paths could be made up."""
    folder = Path(_bentoml_server.__file__).parent / "static_content"
    return sorted(f"/static_content/{path.name}" for path in folder.iterdir() if path.is_file())
