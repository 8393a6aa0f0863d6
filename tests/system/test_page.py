"""The page in a real browser, in front of a real service."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from place import Place
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from server import Server
from small_lakes import ROOT

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; `apt-get install chromium` brings it"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CUSTOMER = "0000-TESTA"
VIEWS = {"customer": "form", "list": "table", "segments": ".notice", "model": ".history"}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def service(place: Place) -> Iterator[Server]:
    """The service, with everybody scored."""
    scores = place.folder / "page" / "scores.parquet"
    done = place.run("python", "-m", "serving", "score", "--all", "--out", str(scores))
    assert done.returncode == 0, done.stderr
    environment = place.environment | {"STAYLINE_SCORES": str(scores)}
    with Server(ROOT, environment, place.folder / "page.log") as server:
        server.wait_until_ready()
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def context_of(browser: Browser, language: str = "en", **options: object) -> BrowserContext:
    options = {"viewport": DESK, "locale": language, **options}
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    return context


@pytest.fixture
def page(browser: Browser, service: Server) -> Iterator[Page]:
    """The page as somebody opens it, in English; no script may fail, and no address elsewhere be asked."""
    context = context_of(browser)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if ours(request.url, service) else faults.append(request.url))
    page.goto(address(service))
    yield page
    assert faults == []
    context.close()


def address(service: Server, view: str = "customer") -> str:
    return f"http://127.0.0.1:{service.port}/ui#{view}"


def ours(url: str, service: Server) -> bool:
    return url.removeprefix("blob:").startswith(f"http://127.0.0.1:{service.port}/")


def look_up(page: Page, customer: str) -> None:
    page.locator("#customer-id").fill(customer)
    page.locator("#customer-id").press("Enter")


def test_a_customer_is_looked_up(page: Page, service: Server) -> None:
    look_up(page, CUSTOMER)
    score = service.ask("POST", "/score", {"customerID": CUSTOMER}).body
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    share = f"{100 * score['probability']:.1f}%"
    expect(page.locator(".verdict")).to_contain_text(f"Risk of leaving: {share}")
    expect(page.get_by_role("img", name=f"Risk of leaving {share}")).to_be_visible()
    assert page.locator(".reasons li").count() == 6
    expect(page.locator(".freshness")).to_contain_text("Billing")
    expect(page.locator("#said")).to_contain_text(CUSTOMER)
    assert CUSTOMER not in page.url


def test_a_customer_whom_nobody_knows(page: Page) -> None:
    look_up(page, "nobody")
    expect(page.locator("#customer-result")).to_contain_text("There is no such customer.")
    look_up(page, "two words")
    expect(page.locator("#customer-result")).to_contain_text("The service did not understand that.")


def test_what_if(page: Page, service: Server) -> None:
    look_up(page, CUSTOMER)
    show = page.get_by_role("button", name="Show the risk")
    show.click()
    expect(page.locator(".answer")).to_contain_text("Nothing was changed")
    contract = page.locator("select[name=Contract]")
    now = contract.input_value()
    other = "Two year" if now != "Two year" else "Month-to-month"
    contract.select_option(other)
    show.click()
    body = {"customerID": CUSTOMER, "changes": {"Contract": other}}
    told = service.ask("POST", "/what_if", body).body
    expect(page.locator(".answer .verdict")).to_contain_text(f"{100 * told['after']['probability']:.1f}%")
    expect(page.locator(".answer")).to_contain_text("Contract:")
    expect(page.locator(".answer")).to_contain_text(told["note"])
    page.get_by_role("button", name="As it is").click()
    assert contract.input_value() == now
    expect(page.locator(".answer")).to_be_empty()


def test_a_change_that_cannot_be(page: Page) -> None:
    look_up(page, CUSTOMER)
    page.locator("input[name=MonthlyCharges]").fill("-5")
    page.get_by_role("button", name="Show the risk").click()
    expect(page.locator(".answer")).to_contain_text("That change is not possible.")


def test_the_list_is_filtered_sorted_and_saved(page: Page, service: Server) -> None:
    page.get_by_role("link", name="Most at risk").click()
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(10)
    page.get_by_label("Contract").select_option("Two year")
    asked = {"contract": "Two year", "limit": 50}
    wanted = service.ask("POST", "/at_risk", asked).body["rows"]
    assert 0 < len(wanted) < 50
    expect(rows).to_have_count(len(wanted))
    expect(rows.first.locator("th")).to_have_text(wanted[0]["customerID"])
    page.get_by_role("columnheader", name="Charges").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Charges")).to_have_attribute("aria-sort", "descending")
    wanted = service.ask("POST", "/at_risk", asked | {"sort": "monthly_charges"}).body["rows"]
    expect(rows.locator("th")).to_have_text([row["customerID"] for row in wanted])
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["customerID"] for line in lines] == [row["customerID"] for row in wanted]
    page.get_by_label("Monthly charges").select_option(label="below 30")
    page.get_by_label("Segment").select_option(index=1)
    page.get_by_label("Risk", exact=True).select_option("low")
    remaining = service.ask(
        "POST", "/at_risk", asked | {"max_charge": 30.0, "segment": 0, "band": "low"}
    ).body["total"]
    expect(page.locator("#list-result")).to_contain_text(
        f"{remaining} customers" if remaining else "No customer meets these filters."
    )


def test_from_the_list_to_a_customer_by_keyboard(page: Page) -> None:
    page.get_by_role("link", name="Most at risk").focus()
    page.keyboard.press("Enter")
    first = page.locator("#list tbody th button").first
    customer = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=customer)).to_be_visible()
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#customer-id")).to_be_focused()


def test_the_language_is_switched_and_kept(page: Page) -> None:
    look_up(page, CUSTOMER)
    expect(page.locator(".reasons")).to_contain_text("the risk")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(".reasons")).to_contain_text("el riesgo")
    expect(page.get_by_role("button", name="Buscar")).to_be_visible()
    expect(page.locator("#customer-id")).to_have_value(CUSTOMER)
    page.reload()
    expect(page.get_by_role("heading", name="Buscar un cliente")).to_be_visible()


def test_the_browser_chooses_the_first_language(browser: Browser, service: Server) -> None:
    context = context_of(browser, "es-AR")
    page = context.new_page()
    page.goto(address(service))
    expect(page.get_by_role("heading", name="Buscar un cliente")).to_be_visible()
    context.close()


def test_a_service_that_is_down_and_comes_back(page: Page) -> None:
    page.context.set_offline(True)
    look_up(page, CUSTOMER)
    expect(page.locator("#customer-result")).to_contain_text("The service cannot be reached.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()


def test_a_store_that_is_away(page: Page, place: Place) -> None:
    away = place.online_store.with_name("away.db")
    place.online_store.rename(away)
    try:
        look_up(page, CUSTOMER)
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
        page.get_by_role("link", name="Most at risk").click()
        expect(page.locator("#list")).to_contain_text("There is no list yet.")
        expect(page.locator("#list code")).to_contain_text("python -m serving score --all")
    finally:
        away.rename(scores)


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
    look_up(page, CUSTOMER)
    page.get_by_role("textbox", name="Key").fill("right")
    page.get_by_role("button", name="Use the key").click()
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    assert set(given) == {None, "Bearer right"}
    assert page.evaluate("[...Object.values(localStorage)].includes('right')") is False
    assert "right" not in page.url


@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [(DESK, "en", "light"), (DESK, "es", "dark"), (PHONE, "es", "light"), (PHONE, "en", "dark")],
    ids=["desk-en-light", "desk-es-dark", "phone-es-light", "phone-en-dark"],
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
            look_up(page, CUSTOMER)
            expect(page.locator(".reasons li")).to_have_count(6)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), view
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    look_up_unknown(page, service)
    assert Axe().run(page).response["violations"] == []
    context.close()


def look_up_unknown(page: Page, service: Server) -> None:
    page.goto(address(service))
    look_up(page, "nobody")
    expect(page.locator("#customer-result .notice")).to_be_visible()
