"""What the page shows when something is amiss, and that no state of it keeps anybody out."""

from __future__ import annotations

import pytest
from browsing import (
    CHROMIUM,
    CUSTOMER,
    DESK,
    NARROW,
    PHONE,
    address,
    answer_with,
    barriers,
    context_of,
    look_up,
)
from place import Place
from playwright.sync_api import Browser, Page, Route, expect
from server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; `apt-get install chromium` brings it"),
]
VIEWS = {
    "customer": "form",
    "list": "table",
    "campaigns": "article",
    "segments": ".notice",
    "model": ".history",
}


def test_a_customer_whom_nobody_knows(page: Page) -> None:
    look_up(page, "nobody")
    expect(page.locator("#customer-result")).to_contain_text("There is no such customer.")
    look_up(page, "two words")
    expect(page.locator("#customer-result")).to_contain_text("The service did not understand that.")


def test_a_service_that_is_down_and_comes_back(page: Page) -> None:
    page.context.set_offline(True)
    look_up(page)
    expect(page.locator("#customer-result")).to_contain_text("The service cannot be reached.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()


def test_a_store_that_is_away(page: Page, place: Place) -> None:
    away = place.online_store.with_name("away.db")
    place.online_store.rename(away)
    try:
        look_up(page)
        expect(page.locator("#customer-result")).to_contain_text("cannot be read at the moment")
    finally:
        away.rename(place.online_store)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()


def test_without_a_list_it_says_how_to_make_one(page: Page, place: Place) -> None:
    scores = place.folder / "page" / "scores.parquet"
    away = scores.with_name("away.parquet")
    scores.rename(away)
    try:
        page.get_by_role("link", name="Most at risk", exact=True).click()
        expect(page.locator("#list")).to_contain_text("There is no list yet.")
        expect(page.locator("#list code")).to_contain_text("python -m serving score --all")
    finally:
        away.rename(scores)


def test_an_old_list_and_customers_without_a_score_are_told(page: Page) -> None:
    def aged(route: Route) -> None:
        told = {"age_days": 120.4, "too_old": True, "current": False, "unscored": 3}
        route.fulfill(json=route.fetch().json() | told)

    page.route("**/at_risk", aged)
    page.get_by_role("link", name="Most at risk", exact=True).click()
    expect(page.locator("#list .notice")).to_contain_text("These scores are 120 days old.")
    expect(page.locator("#list")).to_contain_text(
        "Of 3 too little is known for a score; they are not listed."
    )


def test_without_campaigns_it_says_so(page: Page) -> None:
    page.route("**/campaigns", lambda route: route.fulfill(json={"campaigns": [], "unreadable": []}))
    page.get_by_role("link", name="Campaigns", exact=True).click()
    expect(page.locator("#campaigns .notice")).to_have_text("No campaign has been planned yet.")


def test_a_row_of_the_future_and_what_it_weighs_are_told(page: Page) -> None:
    def changed(route: Route) -> None:
        score = route.fetch().json()
        score["features"]["views"]["billing"] = {"event_timestamp": "2127-03-01T00:00:00Z", "fresh": False}
        route.fulfill(json=score | {"unknown_share": 0.35})

    page.route("**/score", changed)
    look_up(page)
    expect(page.locator(".freshness .future")).to_contain_text("Billing · dated in the future, not used")
    expect(page.locator(".of-fresh")).to_contain_text("Together that is 35% of what the model goes by.")


def test_a_key_is_asked_for_and_kept_in_the_tab_only(page: Page) -> None:
    given: list[str | None] = []

    def guard(route: Route) -> None:
        given.append(route.request.headers.get("authorization"))
        if given[-1] == "Bearer right":
            route.continue_()
        else:
            error = '{"error": {"code": "unauthorized", "message": "a key is needed", "request_id": "1"}}'
            route.fulfill(status=401, content_type="application/json", body=error)

    for path in ("**/score", "**/model", "**/segments"):
        page.route(path, guard)
    look_up(page)
    page.get_by_role("textbox", name="Key").fill("right")
    page.get_by_role("button", name="Use the key").click()
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    assert set(given) == {None, "Bearer right"}
    assert page.evaluate("[...Object.values(localStorage)].includes('right')") is False
    assert "right" not in page.url


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (409, "too_little_known", "Too little is known of this customer."),
        (429, "too_busy", "The service is busy at the moment."),
        (500, "internal_error", "Something failed inside the service."),
        (503, "not_ready", "The service is not ready."),
        (504, "timeout", "No answer came in time."),
    ],
)
def test_what_the_service_says_is_told_and_its_words_are_kept(
    status: int, code: str, told: str, page: Page
) -> None:
    answer_with(page, "/score", status, code, "the reason")
    look_up(page)
    notice = page.locator("#customer-result .notice")
    expect(notice).to_contain_text(told)
    notice.get_by_text("Details").click()
    expect(notice.get_by_text("the reason")).to_be_visible()
    expect(notice.get_by_text("Request r1")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()


def test_an_answer_of_somebody_else_is_not_believed(page: Page) -> None:
    page.route("**/score", lambda route: route.fulfill(status=200, body="<h1>Please sign in</h1>"))
    look_up(page)
    expect(page.locator("#customer-result")).to_contain_text("What answered is not the service.")


def test_a_rule_is_told_in_the_readers_words(page: Page) -> None:
    look_up(page)
    page.get_by_role("button", name="Español").click()
    page.locator("input[name=MonthlyCharges]").fill("-5")
    page.get_by_role("button", name="Ver el riesgo").click()
    expect(page.locator(".answer")).to_contain_text(
        "Cuota mensual admite un número de 0 a 1.000.000.000, no -5"
    )


@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [(DESK, "en", "light"), (PHONE, "es", "dark"), (NARROW, "es", "light")],
    ids=["desk-en-light", "phone-es-dark", "narrow-es-light"],
)
def test_nobody_is_kept_out(
    size: dict[str, int], language: str, scheme: str, browser: Browser, service: Server
) -> None:
    context = context_of(browser, language, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    for view, there in VIEWS.items():
        page.goto(address(service, view))
        expect(page.locator(f"#{view} {there}").first).to_be_visible()
        if view == "customer":
            look_up(page)
            expect(page.locator(".reasons li")).to_have_count(6)
        for more in page.locator(f"#{view} summary").all():
            more.click()
        assert barriers(page) == [], view
    context.close()


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
def test_no_error_keeps_anybody_out(
    size: dict[str, int], scheme: str, browser: Browser, service: Server
) -> None:
    context = context_of(browser, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address(service))
    look_up(page, "nobody")
    expect(page.locator("#customer-result .notice.empty")).to_be_visible()
    assert barriers(page) == [], "unknown customer"
    answer_with(page, "/score", 503, "not_ready")
    look_up(page)
    page.locator("#customer-result summary").click()
    assert barriers(page) == [], "not ready"
    answer_with(page, "/score", 401, "unauthorized")
    look_up(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert barriers(page) == [], "the key"
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#customer-result")).to_contain_text("The service needs a key.")
    page.unroute_all()
    look_up(page)
    page.locator("input[name=MonthlyCharges]").fill("-5")
    page.get_by_role("button", name="Show the risk").click()
    expect(page.locator(".answer .notice")).to_be_visible()
    assert barriers(page) == [], "an impossible change"
    answer_with(page, "/at_risk", 404, "no_scores", "nobody was scored; run `python -m serving score --all`")
    answer_with(page, "/model", 503, "not_ready")
    page.goto(address(service, "list"))
    expect(page.locator("#list .notice")).to_be_visible()
    assert barriers(page) == [], "no list"
    page.goto(address(service, "model"))
    expect(page.locator("#model .notice").first).to_be_visible()
    assert barriers(page) == [], "no model"
    context.close()
