"""The page while the service refuses or is away: no view keeps anybody out, in any language or scheme."""

from __future__ import annotations

import pytest
from browsing import CHROMIUM, DESK, PHONE, State, address, barriers, context_of, look_up, put_into
from playwright.sync_api import Browser, expect
from server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; `apt-get install chromium` brings it"),
]
STATES = {
    "429": State(429, "too_busy"),
    "500": State(500, "internal_error"),
    "504": State(504, "timeout"),
    "down": None,
}
TOLD = {
    ("429", "en"): "The service is busy at the moment.",
    ("429", "es"): "El servicio está ocupado en este momento.",
    ("500", "en"): "Something failed inside the service.",
    ("500", "es"): "Algo falló dentro del servicio.",
    ("504", "en"): "No answer came in time.",
    ("504", "es"): "No llegó respuesta a tiempo.",
    ("down", "en"): "The service cannot be reached.",
    ("down", "es"): "No se puede acceder al servicio.",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("state", STATES)
def test_no_refusal_keeps_anybody_out(
    state: str, language: str, scheme: str, browser: Browser, service: Server
) -> None:
    size = PHONE if scheme == "dark" else DESK
    context = context_of(browser, language, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address(service))
    look_up(page)
    page.locator("select[name=Contract]").select_option("Two year")
    put_into(page, STATES[state])
    page.locator(".what-if button.main").click()
    expect(page.locator(".answer .notice")).to_contain_text(TOLD[state, language])
    assert barriers(page) == [], "what-if"
    look_up(page)
    for view in ("customer", "list", "campaigns", "segments", "model"):
        page.goto(address(service, view))
        notice = page.locator(f"#{view} .notice").first
        expect(notice).to_contain_text(TOLD[state, language])
        for more in page.locator(f"#{view} summary").all():
            more.click()
        assert barriers(page) == [], view
    context.close()
