from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_playbooks import SHIPPED, TODAY, written

from serving.decision.playbook.reading import read_playbook
from serving.errors import PlaybookError


def test_the_shipped_playbook_is_valid() -> None:
    playbook = read_playbook(SHIPPED, TODAY).content
    assert list(playbook.offers) == ["discount", "support_call", "contract_bonus"]
    assert playbook.offers["discount"].name == {"en": "Discount", "es": "Descuento"}
    assert (playbook.assumed.acceptance, playbook.exploration.share, playbook.confidence) == (0.3, 0.02, 0.9)


def line(text: str) -> int:
    """The line of the shipped playbook that begins with a text, the first being 1."""
    [found] = [
        at for at, each in enumerate(SHIPPED.read_text().splitlines(), 1) if each.strip().startswith(text)
    ]
    return found


@pytest.mark.parametrize(
    ("now", "then", "message"),
    [
        ("contact_cost: 1\n", "contact_cost: one\n", "contact_cost: 'one' should be a valid number"),
        ("contact_cost: 1\n", "contact_cost: -1\n", "contact_cost: -1 should be greater than or equal to 0"),
        ("    cost: 10\n", "    cost: .nan\n", "offers.discount.cost: nan should be a finite number"),
        ("    cost: 10\n", "    price: 10\n", "offers.discount.price: is no key of a playbook; remove it"),
        (
            "    channels: [phone]\n",
            "    channels: [pigeon]\n",
            "channels.0: 'pigeon' is not known; write one of 'email'",
        ),
        (
            "      bands: [medium, high]\n      features:\n        Contract",
            "      bands: [extreme]\n      features:\n        Contract",
            "bands.0: 'extreme' is not known; write one of 'low', 'medium'",
        ),
        ("      es: Descuento\n", "", "offers.discount.name: has no text in es; write it"),
        (
            "      es: Descuento\n",
            "      es: Descuento\n      fr: Remise\n",
            "offers.discount.name.fr: 'fr' is not known; write one of 'en' or 'es'",
        ),
        ("contacts_a_month: 1\n", "contacts_a_month: 1.5\n", "write a whole number, such as 2"),
        (
            "no_consent: true\n",
            "no_consent: perhaps\n",
            "should be a valid boolean, unable to interpret input; write true or false",
        ),
        ("valid_until: null\n", "valid_until: soon\n", "write a day such as 2026-12-31"),
        (
            "valid_until: null\n",
            "valid_until: 2026-10-31\n",
            "2026-10-31 is over, so offer discount has expired; give it a later day",
        ),
        (
            "valid_from: null\n    valid_until: null\n",
            "valid_from: 2027-02-01\n    valid_until: 2027-01-01\n",
            "offers.discount: ends on 2027-01-01 before it begins on 2027-02-01",
        ),
        (
            "offers: [discount, support_call, contract_bonus]",
            "offers: [discount, free_phone]",
            "exploration.offers.1: 'free_phone' is no offer of this playbook; write one of discount, ",
        ),
        (
            "tenure: {at_least: 1}",
            "tenure: {}",
            "offers.discount.eligible.features.tenure: says nothing; write any_of",
        ),
        (
            "tenure: {at_least: 1}",
            "tenure: {at_least: 3, at_most: 1}",
            "no number is at least 3 and at most 1",
        ),
        (
            "tenure: {at_least: 1}",
            "tenure: {over: 1}",
            "eligible.features.tenure.over: is no key of a playbook",
        ),
        ("  support_call:\n", "  Support Call:\n", "write a name of small letters, digits and _"),
        ("  support_call:\n", "  none:\n", "offers.none: is the name of the hold-out; choose another name"),
        (
            "lower: {offer}.",
            "lower: {offer.",
            "offers.discount.message: the text in en has a brace that does not close",
        ),
        ("lower: {offer}.", "lower: {offer!r}.", "a placeholder of the text in en is a name in braces"),
    ],
)
def test_each_error_names_line_key_value_and_cure(now: str, then: str, message: str, tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert now in text
    path = tmp_path / "playbook.yaml"
    path.write_text(text.replace(now, then, 1), encoding="utf-8")
    with pytest.raises(PlaybookError) as raised:
        read_playbook(path, TODAY)
    [told] = [each for each in str(raised.value).splitlines() if message in each]
    assert told.startswith(f"{path} line ")
    assert "; " in told
    number = int(told.removeprefix(f"{path} line ").partition(":")[0])
    assert number <= text.replace(now, then, 1)[: text.index(now) + len(then)].count("\n") + 1


def test_the_line_is_that_of_the_key(tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_text(SHIPPED.read_text().replace("cost: 8", "cost: eight"), encoding="utf-8")
    with pytest.raises(PlaybookError, match=f"line {line('cost: 8')}: offers.support_call.cost: 'eight'"):
        read_playbook(path, TODAY)


def test_every_error_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["offers"]["discount"]["cost"] = "much"
        content["caps"]["cooling_off_days"] = -1
        del content["confidence"]

    with pytest.raises(PlaybookError) as raised:
        read_playbook(written(tmp_path, change), TODAY)
    told = str(raised.value).splitlines()
    assert [each.split(": ")[1] for each in told] == [
        "confidence",
        "caps.cooling_off_days",
        "offers.discount.cost",
    ]
    assert "is missing; write it" in told[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"offers: [", "is no playbook"),
        (b"contact_cost: 1\ncontact_cost: 2\n", "line 2: contact_cost stands in line 1 already"),
        (b"a: &a 1\nb: *a\n", "is an alias"),
        (b"", "the whole: is no mapping of keys to values"),
        (b"- a\n", "the whole: is no mapping of keys to values"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x" * 300_000, "has more than 262,144 bytes"),
    ],
)
def test_what_is_no_playbook(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_bytes(content)
    with pytest.raises(PlaybookError, match=message):
        read_playbook(path, TODAY)
    with pytest.raises(PlaybookError, match="nowhere.yaml cannot be read"):
        read_playbook(tmp_path / "nowhere.yaml", TODAY)


def test_no_and_yes_are_the_texts_of_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    text = SHIPPED.read_text().replace("tenure: {at_least: 1}", "OnlineSecurity: {any_of: [No]}")
    path.write_text(text, encoding="utf-8")
    eligible = read_playbook(path, TODAY).content.offers["discount"].eligible
    assert eligible.features["OnlineSecurity"].any_of == ("No",)


def test_an_offer_is_made_until_its_last_day(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["offers"]["discount"] |= {"valid_from": date(2026, 10, 1), "valid_until": TODAY}

    offer = read_playbook(written(tmp_path, change), TODAY).content.offers["discount"]
    days = [date(2026, 9, 30), date(2026, 10, 1), TODAY, date(2026, 11, 2)]
    assert [offer.is_valid(day) for day in days] == [False, True, True, False]
