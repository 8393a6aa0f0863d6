"""The whole page by keyboard alone: the focus is always seen, and never lost."""

from __future__ import annotations

import pytest
from browsing import CHROMIUM, CUSTOMER, answer_with
from playwright.sync_api import Locator, Page, expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; `apt-get install chromium` brings it"),
]
MOST = 80
"""Presses of Tab within which everything must be reached."""
SEEN = """() => {
  const it = document.activeElement;
  const style = getComputedStyle(it);
  const { width, height } = it.getBoundingClientRect();
  if (it === document.body) return "lost";
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return `unseen on ${it.outerHTML}`;
  return width && height ? "seen" : `hidden in ${it.outerHTML}`;
}"""


def press(page: Page, *keys: str) -> None:
    """Press keys; after each, the focus must be seen."""
    for key in keys:
        page.keyboard.press(key)
        assert page.evaluate(SEEN) == "seen", key


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST):
        press(page, key)
        if wanted.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{MOST} presses of {key} do not reach {wanted}")


def open_view(page: Page, name: str) -> None:
    """From wherever the focus is, back to the views, and into one; its heading has the focus then."""
    tab_to(page, page.locator("#views").get_by_role("link", name=name, exact=True), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("section:not([hidden]) > h1")).to_be_focused()
    assert page.evaluate(SEEN) == "seen"


def test_a_customer_and_a_what_if(page: Page) -> None:
    tab_to(page, page.locator("#customer-id"))
    page.keyboard.type(CUSTOMER)
    press(page, "Enter")
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    expect(page.locator("#customer-id")).to_be_focused()
    contract = page.locator("select[name=Contract]")
    tab_to(page, contract)
    before = contract.input_value()
    press(page, "ArrowUp" if before == "Two year" else "ArrowDown")
    assert contract.input_value() != before
    tab_to(page, page.get_by_role("button", name="Show the risk"))
    press(page, "Enter")
    expect(page.locator(".answer .verdict")).to_be_visible()
    assert page.evaluate(SEEN) == "seen"
    tab_to(page, page.locator(".what-if summary"), "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("select[name=gender]")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="As it is"))
    press(page, "Space")
    assert contract.input_value() == before


def test_the_list_is_filtered_sorted_turned_and_saved(page: Page) -> None:
    open_view(page, "Most at risk")
    tab_to(page, page.get_by_role("button", name="Next"))
    press(page, "Enter")
    expect(page.get_by_role("button", name="Previous")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    contract = page.get_by_label("Contract")
    tab_to(page, contract, "Shift+Tab")
    press(page, "ArrowDown")
    expect(page.locator("#list caption")).not_to_contain_text("60 customers")
    expect(contract).to_be_focused()
    save = page.get_by_role("button", name="Download CSV")
    tab_to(page, save)
    with page.expect_download():
        press(page, "Enter")
    expect(save).to_be_focused()
    charges = page.get_by_role("columnheader", name="Charges").get_by_role("button")
    tab_to(page, charges)
    press(page, "Enter")
    expect(page.get_by_role("columnheader", name="Charges")).to_have_attribute("aria-sort", "descending")
    expect(charges).to_be_focused()
    first = page.locator("#list tbody th button").first
    tab_to(page, first)
    customer = first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#customer h1")).to_be_focused()
    assert page.evaluate(SEEN) == "seen"
    expect(page.get_by_role("heading", name=customer)).to_be_visible()


def test_the_views_and_the_language(page: Page) -> None:
    tab_to(page, page.locator("#customer-id"))
    for name in ("Segments", "Model"):
        open_view(page, name)
    expect(page.locator(".figures")).to_be_visible()
    table = page.locator("#model summary").first
    tab_to(page, table)
    press(page, "Enter")
    expect(page.locator("#model details table")).to_be_visible()
    spanish = page.get_by_role("button", name="Español")
    tab_to(page, spanish, "Shift+Tab")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="El modelo", exact=True)).to_be_visible()
    expect(spanish).to_be_focused()
    open_view(page, "Mayor riesgo")


def test_the_tables_of_the_campaigns(page: Page) -> None:
    tab_to(page, page.locator("#customer-id"))
    open_view(page, "Campaigns")
    details = page.locator("#campaigns .notice summary").first
    tab_to(page, details)
    press(page, "Enter")
    expect(page.locator("#campaigns")).to_contain_text("put the file back from a copy")
    table = page.locator("#campaigns article summary")
    tab_to(page, table)
    press(page, "Enter")
    expect(page.locator("#campaigns article table")).to_be_visible()
    expect(table).to_be_focused()


def test_after_a_failure_the_focus_waits_where_the_answer_will_stand(page: Page) -> None:
    answer_with(page, "/score", 503, "not_ready")
    tab_to(page, page.locator("#customer-id"))
    page.keyboard.type(CUSTOMER)
    press(page, "Enter")
    tab_to(page, page.locator("#customer-result summary"))
    press(page, "Enter")
    page.unroute_all()
    tab_to(page, page.get_by_role("button", name="Try again"))
    press(page, "Enter")
    expect(page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    expect(page.locator("#customer-result")).to_be_focused()
    tab_to(page, page.locator("select[name=Contract]"))


def test_the_key_is_given_and_the_focus_goes_back(page: Page) -> None:
    answer_with(page, "/score", 401, "unauthorized")
    tab_to(page, page.locator("#customer-id"))
    page.keyboard.type(CUSTOMER)
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Cancel"))
    press(page, "Enter")
    expect(page.locator("#customer-result .notice")).to_be_visible()
    expect(page.locator("#customer-id")).to_be_focused()
