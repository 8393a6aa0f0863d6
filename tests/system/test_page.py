"""The page in a real browser, in front of a real service."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from asking import wait_until
from browsing import CHROMIUM, CUSTOMER, DESK, NARROW, PHONE, address, barriers, context_of, look_up
from place import Place
from playwright.sync_api import Browser, Page, expect
from server import Server

from serving.language.language import Language
from serving.model.signature import signature_of
from serving.registry import decisions
from serving.registry.models import list_models

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; `apt-get install chromium` brings it"),
]


def test_a_customer_is_looked_up(page: Page, service: Server) -> None:
    look_up(page)
    score = service.ask("POST", "/score", {"customerID": CUSTOMER}).body
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    share = f"{100 * score['probability']:.1f}%"
    expect(page.locator(".verdict")).to_contain_text(f"Risk of leaving: {share}")
    expect(page.get_by_role("img", name=f"Risk of leaving {share}")).to_be_visible()
    assert page.locator(".reasons li").count() == 6
    expect(page.locator(".freshness")).to_contain_text("Billing")
    expect(page.locator("#said")).to_contain_text(CUSTOMER)
    assert CUSTOMER not in page.url


def test_what_if(page: Page, service: Server) -> None:
    look_up(page)
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


def test_add_ons_follow_their_service(page: Page) -> None:
    look_up(page)
    page.get_by_text("More values").click()
    internet, support = page.locator("select[name=InternetService]"), page.locator("select[name=TechSupport]")
    internet.select_option("No")
    expect(support).to_have_value("No internet service")
    expect(support.locator("option[value=Yes]")).to_be_disabled()
    internet.select_option("DSL")
    expect(support).not_to_have_value("No internet service")
    expect(support.locator("option[value='No internet service']")).to_be_disabled()
    internet.select_option("No")
    page.get_by_role("button", name="Show the risk").click()
    expect(page.locator(".answer .verdict")).to_contain_text("The risk would")
    expect(page.locator(".answer")).to_contain_text("→ no internet")


def test_a_change_that_cannot_be(page: Page) -> None:
    look_up(page)
    page.locator("input[name=MonthlyCharges]").fill("-5")
    page.get_by_role("button", name="Show the risk").click()
    expect(page.locator(".answer")).to_contain_text("That change is not possible.")


def test_the_list_is_filtered_sorted_and_saved(page: Page, service: Server) -> None:
    page.get_by_role("link", name="Most at risk", exact=True).click()
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
    page.get_by_role("link", name="Most at risk", exact=True).focus()
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
    look_up(page)
    expect(page.locator(".reasons")).to_contain_text("the risk")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(".reasons")).to_contain_text("el riesgo")
    expect(page.get_by_role("button", name="Buscar")).to_be_visible()
    expect(page.locator("#customer-id")).to_have_value(CUSTOMER)
    page.reload()
    expect(page.get_by_role("heading", name="Buscar un cliente")).to_be_visible()


def test_the_decision_and_the_threshold_are_shown(page: Page, service: Server) -> None:
    for code, button, rule in (("es", "Español", "A partir del"), ("en", "English", "From")):
        decision = service.ask("POST", "/score", {"customerID": CUSTOMER, "language": code}).body["decision"]
        page.get_by_role("button", name=button).click()
        look_up(page)
        card = page.locator(".of-decision")
        expect(card).to_contain_text(decision["why"][1:])
        expect(card).to_contain_text(
            decision["offer_name"] or ("No contactar" if code == "es" else "Do not contact")
        )
        expect(page.locator(".risk .threshold")).to_have_count(1)
        expect(page.locator(".risk")).to_contain_text(rule)


def test_campaigns_are_shown_with_their_states_and_what_cannot_be_read(page: Page) -> None:
    page.get_by_role("link", name="Campaigns", exact=True).click()
    shown = page.locator("#campaigns article")
    expect(shown.locator("h2")).to_have_text(
        [
            "ahead planned",
            "running running",
            "over over, not read out",
            "spring read out",
            "torn_readout over, not read out",
        ]
    )
    expect(shown.first).to_contain_text("Nov 11, 2025 to Mar 10, 2026")
    expect(shown.first).to_contain_text("Offer: Discount")
    expect(shown.first).to_contain_text("25.0% of 20.0%")
    expect(page.locator("#campaigns .notice", has_text="cannot be read, or")).to_contain_text(
        ["torn_plan", "torn_readout"]
    )


def test_a_readout_is_shown_with_its_intervals(page: Page) -> None:
    page.get_by_role("button", name="Español").click()
    page.get_by_role("link", name="Campañas", exact=True).click()
    spring = page.locator("#campaigns article", has_text="spring")
    expect(spring).to_contain_text("Funcionó.")
    expect(spring.locator(".notice")).to_contain_text("Sin motivos.")
    expect(spring.locator(".pairs", has_text="Clientes retenidos")).to_contain_text("-100 a 1.900")
    expect(spring.get_by_role("img", name="en conjunto -5,0 puntos")).to_be_visible()
    plot = spring.locator("svg")
    parts = ["Todos", "Nuevos", "Descuento", "no_more_made"]
    for part in parts:
        expect(plot.get_by_text(part, exact=True)).to_be_visible()
    expect(plot.locator(".interval")).to_have_count(3)
    expect(plot.locator(".unsure")).to_have_count(1)
    zero = float(plot.locator(".zero").get_attribute("x1") or "nan")
    ends = [float(plot.locator(".interval").first.get_attribute(end) or "nan") for end in ("x1", "x2")]
    assert ends[0] < ends[1] < zero
    spring.get_by_text("Lo mismo en una tabla").click()
    rows = spring.locator("tbody tr")
    expect(rows.locator("th")).to_contain_text(parts)
    expect(rows.first).to_contain_text("10,0 %")
    expect(rows.first).to_contain_text("-8,0 a -2,0")
    expect(rows.last).to_contain_text("muy pocos clientes para un intervalo")


def test_shares_are_written_as_the_readers_of_a_language_write_them(page: Page, service: Server) -> None:
    probability = service.ask("POST", "/score", {"customerID": CUSTOMER}).body["probability"]
    look_up(page)
    expect(page.locator(".verdict").first).to_contain_text(f"{100 * probability:.1f}%")
    for code, button in (("es", "Español"), ("en", "English")):
        share = Language(code).share(probability)
        page.get_by_role("button", name=button).click()
        expect(page.locator(".verdict").first).to_contain_text(share)
        # To `expect` all spaces are alike; this one is kept from breaking the share over two lines.
        assert share in page.locator(".verdict").first.inner_text()
        expect(page.locator("#customer svg .figure").first).to_have_text(share)
    page.get_by_role("button", name="Español").click()
    page.get_by_role("link", name="Mayor riesgo", exact=True).click()
    row = service.ask("POST", "/at_risk", {"limit": 1}).body["rows"][0]
    first = page.locator("#list tbody tr").first
    expect(first.locator(".in-probability")).to_have_text(Language("es").share(row["probability"]))
    expect(first.locator(".in-monthly_charges")).to_have_text(
        Language("es").number(row["monthly_charges"], 2)
    )


def test_what_the_tables_call_things_is_not_read_in_spanish(page: Page) -> None:
    raw = {*signature_of().names, "billing", "Month-to-month", "Fiber optic", "Electronic check"}
    page.get_by_role("button", name="Español").click()
    look_up(page)
    expect(page.locator(".reasons li")).to_have_count(6)
    page.get_by_text("Más valores").click()
    read = page.locator("main").inner_text()
    for view, there in (
        ("Mayor riesgo", "#list table"),
        ("Campañas", "#campaigns svg"),
        ("Segmentos", "#segments .notice"),
        ("Modelo", ".history"),
    ):
        page.get_by_role("link", name=view, exact=True).click()
        expect(page.locator(there)).to_be_visible()
        read += page.locator("main").inner_text()
    assert "Usa lo que las personas son: género, pareja." in read
    assert {name for name in raw if re.search(rf"\b{re.escape(name)}\b", read)} == set()
    page.get_by_text("Cómo se llaman las variables en las tablas").click()
    expect(page.locator("#model details dl")).to_contain_text("Meses como clientetenure")


def test_the_browser_chooses_the_first_language(browser: Browser, service: Server) -> None:
    context = context_of(browser, "es-AR")
    page = context.new_page()
    page.goto(address(service))
    expect(page.get_by_role("heading", name="Buscar un cliente")).to_be_visible()
    context.close()


def test_ages_count_by_the_services_clock(browser: Browser, service: Server) -> None:
    context = context_of(browser)
    page = context.new_page()
    page.clock.set_fixed_time("2031-01-01T00:00:00Z")
    page.goto(address(service, "model"))
    expect(page.locator("#model")).to_contain_text("today.")
    page.goto(address(service))
    look_up(page)
    expect(page.locator(".freshness").first).to_contain_text("Sep 30, 2025, 32 days ago")
    expect(page.locator("#customer")).to_contain_text("Ages count from Nov 1, 2025")
    context.close()


@pytest.mark.usefixtures("models")
def test_the_challenger_is_shown_and_told_when_it_answers(page: Page, place: Place, service: Server) -> None:
    (challenger,) = {entry.tag for entry in list_models()} - {place.champion}
    look_up(page)
    expect(page.locator(".about")).to_contain_text("Champion")
    expect(page.locator(".about")).to_contain_text(place.champion)
    try:
        decisions.challenge(challenger, "test", "try it", "split", 1.0)
        wait_until(lambda: "challenger" in service.ask("GET", "/readyz").body, 10)
        look_up(page)
        expect(page.locator(".about")).to_contain_text(challenger)
        page.get_by_role("link", name="answers for 100% of the customers").click()
        expect(page.locator("#model")).to_contain_text(f"Challenger {challenger}: LightGBM, no resampling")
        expect(page.locator("#model")).to_contain_text("It answers for 100% of the customers")
        row = page.locator(".figures tbody tr", has_text="Average precision").locator("td")
        expect(row).to_contain_text(["0.660", "0.660"])
        expect(page.locator(".history li").first).to_contain_text(f"{challenger} challenges the champion")
        assert barriers(page) == []
    finally:
        decisions.withdraw("test", "enough")
    wait_until(lambda: "challenger" not in service.ask("GET", "/readyz").body, 10)
    page.get_by_role("link", name="Segments").click()
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page.locator(".history li").first).to_contain_text("was withdrawn")
    expect(page.locator(".figures thead th")).to_have_count(2)


@pytest.mark.usefixtures("models")
def test_a_challenger_in_the_shadow_is_shown_and_answers_nobody(
    page: Page, place: Place, service: Server
) -> None:
    (challenger,) = {entry.tag for entry in list_models()} - {place.champion}
    try:
        decisions.challenge(challenger, "test", "try it unseen", "shadow")
        wait_until(lambda: "challenger" in service.ask("GET", "/readyz").body, 10)
        look_up(page)
        expect(page.locator(".about")).to_contain_text(f"Champion{place.champion}")
        expect(page.get_by_role("link", name="answers for")).to_have_count(0)
        page.get_by_role("link", name="Model", exact=True).click()
        shown = page.locator("#model .challenger")
        expect(shown).to_contain_text(f"Challenger {challenger}: LightGBM, no resampling")
        expect(shown).to_contain_text("Nobody is answered by it.")
        expect(shown).not_to_contain_text("It answers for")
        expect(page.locator(".figures thead th")).to_have_text(["Figure", "Champion", "Challenger"])
        first = page.locator(".history li").first
        expect(first).to_contain_text(f"{challenger} challenges the champion in the shadow")
        expect(first).to_contain_text("try it unseen")
        expect(first.locator(".served")).to_have_text("challenger")
        page.get_by_role("button", name="Español").click()
        expect(shown).to_contain_text("A nadie se le responde con él.")
        for size in (DESK, PHONE, NARROW):
            page.set_viewport_size(size)
            assert barriers(page) == [], size
    finally:
        decisions.withdraw("test", "enough")
    wait_until(lambda: "challenger" not in service.ask("GET", "/readyz").body, 10)
