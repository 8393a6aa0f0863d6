"""The page in a browser: opening it, looking customers up, and what axe-core finds."""

from __future__ import annotations

import json
import shutil
from typing import Any, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route
from server import Server

CHROMIUM = shutil.which("chromium")
CUSTOMER = "0000-TESTA"
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
"""A desk of 1280 at a zoom of 400 %, as WCAG 1.4.10 asks for."""
DESK = {"width": 1280, "height": 900}


class State(NamedTuple):
    """How a service refuses: the status and the code of its answers."""

    status: int
    code: str


def context_of(browser: Browser, language: str = "en", **options: Any) -> BrowserContext:
    """A browser of somebody who reads the language."""
    context = browser.new_context(**{"viewport": DESK, "locale": language, **options})
    context.set_default_timeout(20_000)
    return context


def address(service: Server, view: str = "customer") -> str:
    """Where a view of the page is."""
    return f"http://127.0.0.1:{service.port}/ui#{view}"


def look_up(page: Page, customer: str = CUSTOMER) -> None:
    """Type a customerID and press Enter."""
    page.locator("#customer-id").fill(customer)
    page.locator("#customer-id").press("Enter")


def answer_with(page: Page, path: str, status: int, code: str, message: str = "because") -> None:
    """Let the service refuse what is asked of a path."""
    page.route(f"**{path}", lambda route: _refuse(route, status, code, message))


def put_into(page: Page, state: State | None) -> None:
    """Let the service refuse whatever it is asked, or be down without a state; the files stay."""

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif state is None:
            route.abort("connectionrefused")
        else:
            _refuse(route, *state)

    page.route("**/*", answer)


def _refuse(route: Route, status: int, code: str, message: str = "because") -> None:
    error = {"error": {"code": code, "message": message, "request_id": "r1"}}
    route.fulfill(status=status, content_type="application/json", body=json.dumps(error))


def barriers(page: Page) -> list[Any]:
    """What keeps somebody out: rules of axe-core that are broken, and where; a page wider than its window."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    broken: list[Any] = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
    return [*broken, *(["wider than its window"] if wide else [])]
