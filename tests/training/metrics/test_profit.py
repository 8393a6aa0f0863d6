from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from shipped_settings import changed, default_settings

from serving.model.signature import Signature
from training.dataset.point_in_time import Dataset
from training.errors import SettingsError
from training.metrics.profit import (
    acceptance,
    break_even,
    contact_profit,
    customer_value,
    empc,
    profit_section,
    value_note,
)
from training.metrics.scored import Scored
from training.metrics.weighted_metrics import Ranking

DEFAULT = default_settings().profit


def of(churned, score, chosen=DEFAULT):
    found = empc(
        Ranking.of(np.asarray(churned), np.asarray(score, dtype=float)), np.ones((1, len(churned))), chosen
    )
    return found["empc"][0], found["empc_contacted_share"][0]


def by_integration(churned, score, chosen=DEFAULT, steps=20_000):
    """The paper's definition: for every gamma the best threshold's profit; the mean over the gammas."""
    order = np.argsort(-score, kind="stable")
    last = np.r_[score[order][1:] != score[order][:-1], True]
    churners = np.r_[0, np.cumsum(churned[order])[last]] / len(churned)
    others = np.r_[0, np.cumsum(1 - churned[order])[last]] / len(churned)
    gamma = beta.ppf((np.arange(steps) + 0.5) / steps, chosen.acceptance_alpha, chosen.acceptance_beta)
    gain = gamma[:, None] * (chosen.customer_value - chosen.offer_cost) - chosen.contact_cost
    return (gain * churners - (chosen.offer_cost + chosen.contact_cost) * others).max(axis=1).mean()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=3, max_size=30))
def test_the_closed_form_is_the_papers_integral(rows):
    churned, score = np.array(rows).T
    assert of(churned, score)[0] == pytest.approx(by_integration(churned, score), rel=2e-3, abs=2e-4)


def test_nobody_is_worth_an_offer_that_costs_more_than_a_customer_is_worth():
    worthless = DEFAULT.model_copy(update={"customer_value": 10.0, "offer_cost": 10.0})
    assert of([1] * 3 + [0] * 7, [0.9] * 3 + [0.1] * 7, worthless) == (0.0, 0.0)


def test_a_perfect_ranking_contacts_the_churners_alone():
    profit, share = of([1] * 3 + [0] * 7, [0.9] * 3 + [0.1] * 7)
    # gamma (CLV - d) - f is negative below 1/190, which Beta(6, 14) does not reach in four decimals.
    assert profit == pytest.approx(0.3 * (0.3 * 190 - 1), abs=1e-4)
    assert share == pytest.approx(0.3, abs=1e-4)


def test_a_ranking_without_information_is_all_or_nobody():
    # Everybody has the same score: contacting all pays once gamma is above ((11 / 0.3) - 10) / 190.
    profit, share = of([1] * 3 + [0] * 7, [0.5] * 10)
    needed = (11 / 0.3 - 10) / 190
    assert share == pytest.approx(beta.sf(needed, 6, 14))
    mean_above = beta.expect(lambda gamma: gamma, (6, 14), lb=needed)
    assert profit == pytest.approx(0.3 * 190 * mean_above + (3 - 11) * beta.sf(needed, 6, 14))


def test_nobody_is_contacted_when_nobody_leaves_or_an_offer_costs_too_much():
    assert of([0] * 5, [0.1, 0.2, 0.3, 0.4, 0.5]) == (0.0, 0.0)
    dear = changed(DEFAULT, customer_value=12, offer_cost=10, contact_cost=50)
    assert of([1] * 5 + [0] * 5, np.linspace(1, 0, 10), dear) == (0.0, 0.0)


def test_a_perfect_ranking_earns_no_less_than_any_other():
    churned = np.zeros(60)
    churned[[2, 20, 55]] = 1
    assert of(churned, churned)[0] > of(churned, np.arange(60))[0] > of(churned, 1 - churned)[0]


def test_break_even_of_the_papers_defaults():
    assert acceptance(DEFAULT) == pytest.approx(0.3)
    # 0.3 * 190 + 10 = 67; a contact costs 11.
    assert break_even(np.array([200.0]), DEFAULT)[0] == pytest.approx(11 / 67)
    # Whoever is worth less than the offer never pays.
    assert break_even(np.array([0.0]), changed(DEFAULT, offer_cost=50))[0] > 1
    assert break_even(np.array([0.0, 200.0]), changed(DEFAULT, offer_cost=0)) == pytest.approx(
        [np.inf, 1 / 60]
    )

    # Of a value of 2, 0.3 * 2 = 0.6 is brought by a contact that costs 0.1.
    cheap = changed(DEFAULT, offer_cost=0, contact_cost=0.1)
    assert break_even(np.array([2.0]), cheap) == pytest.approx([1 / 6])


def test_contact_profit_by_hand():
    gain = contact_profit(np.array([1, 0]), np.array([200.0, 200.0]), DEFAULT)
    assert gain == pytest.approx([0.3 * 190 - 1, -11])


def with_features(features: pd.DataFrame, dropped: dict[str, str] | None = None) -> Dataset:
    labels = np.zeros(len(features), dtype="int64")
    signature = Signature("churn_v1", "f" * 64, (), {})
    return Dataset(features[[]], features, labels, signature, dropped or {}, (), "f" * 64)


def test_value_follows_the_charges_with_the_given_mean():
    features = pd.DataFrame(
        {"MonthlyCharges": pd.array([20.0, 60.0, None], dtype="Float64"), "Contract": list("abc")}
    )
    value = customer_value(with_features(features), DEFAULT)
    assert value == pytest.approx([100.0, 300.0, 200.0])
    whole = with_features(features.assign(MonthlyCharges=pd.array([20, 60, None], dtype="Int64")))
    assert customer_value(whole, DEFAULT) == pytest.approx([100.0, 300.0, 200.0])
    equal = customer_value(with_features(features), changed(DEFAULT, value_column=None))
    assert equal == pytest.approx([200.0] * 3)


def test_where_the_value_column_does_not_vary_everybody_has_the_given_mean():
    dropped = {"MonthlyCharges": "the same value in every row (20.0)"}
    flat = with_features(pd.DataFrame({"Contract": list("abc")}), dropped)
    assert customer_value(flat, DEFAULT) == pytest.approx([200.0] * 3)
    assert value_note(flat, DEFAULT) == (
        "profit.value_column = 'MonthlyCharges' has the same value in every row (20.0), "
        "so every customer is worth 200"
    )
    assert value_note(flat, changed(DEFAULT, value_column=None)) is None
    assert value_note(with_features(pd.DataFrame({"MonthlyCharges": [1.0]})), DEFAULT) is None


NOT_NEGATIVE = "a value that others are proportional to is not negative"


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("nothing", "is not a feature of feature service churn_v1; name one of its numbers, or null"),
        ("Contract", "is not a number; name one, or null"),
        ("paperless", "is not a number; name one, or null"),
        ("debt", f"has mean 1 and minimum -5; {NOT_NEGATIVE}"),
        ("credit", f"has mean -1 and minimum -9; {NOT_NEGATIVE}"),
        ("free", f"has mean 0 and minimum 0; {NOT_NEGATIVE}"),
    ],
)
def test_a_value_column_that_cannot_be_one_is_refused(column, message):
    features = pd.DataFrame(
        {
            "Contract": ["a", "b"],
            "paperless": [True, False],
            "debt": [-5.0, 7.0],
            "credit": [-9.0, 7.0],
            "free": pd.array([0.0, None], dtype="Float64"),
        }
    )
    with pytest.raises(SettingsError) as refused:
        customer_value(with_features(features), changed(DEFAULT, value_column=column))
    assert str(refused.value) == f"profit.value_column = {column!r} {message}"


def test_a_customer_worth_nothing_is_no_mistake():
    features = pd.DataFrame({"MonthlyCharges": [0.0, 0.5]})
    assert customer_value(with_features(features), DEFAULT) == pytest.approx([0.0, 400.0])


def test_the_profit_section_by_hand():
    churned = np.array([1, 0, 1, 0])
    probability = np.array([0.8, 0.6, 0.4, 0.05])
    scored = Scored(np.array(list("abcd")), churned, probability, probability, np.full(4, 200.0))
    section = profit_section(scored, 0.5, DEFAULT, points=5)
    gain = [56.0, -11.0, 56.0, -11.0]
    expected = [0.0, *(np.cumsum(gain) / 4)]
    assert [profit for _, profit in section["curve"]] == pytest.approx(expected)
    assert [share for share, _ in section["curve"]] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert section["best"] == {
        "contacted_share": 0.75,
        "profit_per_customer": pytest.approx(101 / 4),
        "threshold": 0.4,
    }
    assert section["policies"]["at_threshold"] == {
        "contacted_share": 0.5,
        "profit_per_customer": pytest.approx(45 / 4),
    }
    assert section["policies"]["own_break_even"]["contacted_share"] == 0.75
    assert section["policies"]["everybody"] == {
        "contacted_share": 1.0,
        "profit_per_customer": pytest.approx(90 / 4),
    }
    assert section["parameters"] == DEFAULT.model_dump(mode="json")
    assert section["break_even"] == pytest.approx(11 / 67)
    profit, share = of(churned, probability)
    assert section["empc"] == {
        "profit_per_customer": pytest.approx(profit),
        "contacted_share": pytest.approx(share),
    }


def test_every_customer_counts_with_their_own_value():
    # 56 for the first; the second stayed; 0.3 * 390 - 1 = 116 for the third; the last just pays.
    churned, value = np.array([1, 0, 1, 0]), np.array([200.0, 0.0, 400.0, 200.0])
    probability = np.array([0.8, 0.6, 0.4, break_even(value, DEFAULT)[3]])
    rows = Scored(np.array(list("abcd")), churned, probability, probability, value)
    section = profit_section(rows, 0.9, DEFAULT)
    assert [profit for _, profit in section["curve"]] == pytest.approx([0, 56 / 4, 45 / 4, 161 / 4, 150 / 4])
    # The second is worth less than the offer.
    assert section["policies"]["own_break_even"] == {
        "contacted_share": 0.75,
        "profit_per_customer": pytest.approx((56 + 116 - 11) / 4),
    }


def test_where_no_contact_pays_the_best_is_nobody():
    rows = Scored(np.array(list("abc")), np.zeros(3), np.full(3, 0.5), np.full(3, 0.5), np.full(3, 200.0))
    section = profit_section(rows, None, DEFAULT)
    assert section["best"] == {"contacted_share": 0.0, "profit_per_customer": 0.0, "threshold": None}
    assert section["policies"]["at_threshold"] == {"contacted_share": 0.0, "profit_per_customer": 0.0}


def test_the_curve_has_the_points_asked_for_and_keeps_the_order_of_equal_scores():
    # The first 150 of 300 churned, and every second one scores lower: 75 churners, 75 others, and again.
    churned, probability = np.repeat([1, 0], [150, 150]), np.tile([0.5, 0.4], 150)
    rows = Scored(churned.astype(str), churned, probability, probability, np.full(300, 200.0))
    assert len(profit_section(rows, 0.5, DEFAULT)["curve"]) == 101
    section = profit_section(rows, 0.5, DEFAULT, points=8)
    # Every 300 / 7 customers: 42.9, 85.7, 128.6 and so on, to the nearest whole one.
    shares, profits = zip(*section["curve"], strict=True)
    assert shares == pytest.approx([count / 300 for count in (0, 43, 86, 129, 171, 214, 257, 300)])
    assert profits[1:3] == pytest.approx([43 * 56 / 300, (75 * 56 - 11 * 11) / 300])
    assert section["best"] == {
        "contacted_share": 0.75,
        "profit_per_customer": pytest.approx((150 * 56 - 75 * 11) / 300),
        "threshold": 0.4,
    }


def test_a_row_counts_as_often_as_it_was_drawn():
    churned, score = np.array([1, 0, 1, 0, 0, 1]), np.array([0.9, 0.8, 0.6, 0.6, 0.3, 0.1])
    drawn = np.array([[2.0, 1, 0, 3, 1, 0], [1.0] * 6])
    found = empc(Ranking.of(churned, score), drawn, DEFAULT)
    twice = np.repeat(np.arange(6), [2, 1, 0, 3, 1, 0])
    for number, rows in enumerate((twice, np.arange(6))):
        profit, share = of(churned[rows], score[rows])
        assert found["empc"][number] == pytest.approx(profit)
        assert found["empc_contacted_share"][number] == pytest.approx(share)
