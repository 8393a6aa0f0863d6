"""``GET /ui``: the web page. Its files are read once; `serving.language` adds the names and the languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from serving.language.catalogue import LANGUAGES
from serving.language.page_texts import page_texts

FOLDER = Path(__file__).parents[1] / "ui"
PAGE = "/ui"
_TEXTS: dict[str, dict[str, str]] = {code: page_texts(code) for code in LANGUAGES}
_IN_EVERY_LANGUAGE = {
    "language.name": '<button type="button" lang="{code}" data-language="{code}">{text}</button>',
    "page.no_script": '<span lang="{code}">{text}</span>',
    "page.broken": '<span lang="{code}">{text}</span>',
}
"""Texts that stand in the page before a language is chosen, each with its element."""
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_POLICY = "; ".join(
    f"{what} {whence}"
    for what, whence in {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }.items()
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A browser may cache the files but must revalidate each one, so that all of them are of one version.
    "Cache-Control": "no-cache",
}


def _files() -> dict[str, Path]:
    """The file of each URL path. The list is fixed at start-up, so a URL cannot reach any other file."""
    files = {PAGE: FOLDER / "index.html"}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in _TYPES and path.name != "index.html":
            files[f"{PAGE}/{path.relative_to(FOLDER).as_posix()}"] = path
    return files


_FILES = _files()
PAGE_PATHS = frozenset(_FILES)


def add_page(app: FastAPI) -> None:
    """Add the page and its files to an application."""
    for url, path in _FILES.items():
        app.add_api_route(url, _answer_of(path), methods=["GET", "HEAD"], include_in_schema=False)


def _answer_of(path: Path) -> Callable[[Request], Awaitable[Response]]:
    content = _content(path)
    headers = {**HEADERS, "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}

    async def answer(request: Request) -> Response:
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return Response(None, 304, headers)
        return Response(content, 200, headers, _TYPES[path.suffix])

    return answer


def _content(path: Path) -> bytes:
    if path.suffix == ".html":
        return _with_every_language(path.read_text(encoding="utf-8")).encode()
    if path.suffix == ".json":
        return json.dumps(_TEXTS[path.stem], ensure_ascii=False).encode()
    return path.read_bytes()


def _with_every_language(html: str) -> str:
    """Replace the comments that name a text by that text in every language."""
    for key, form in _IN_EVERY_LANGUAGE.items():
        elements = [form.format(code=code, text=escape(texts[key])) for code, texts in _TEXTS.items()]
        html = html.replace(f"<!-- {key} -->", " ".join(elements))
    return html
