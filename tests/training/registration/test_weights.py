from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_models import synthetic_features, whole_model

from serving.explain.contributions import contributions
from serving.model.unknown_share import unknown_share, unknown_shares
from training.registration import weights as module
from training.registration.weights import feature_weights


def test_the_weights_are_the_shares_of_the_mean_contributions() -> None:
    model = whole_model()
    rows = synthetic_features(model.signature, seed=3)
    weights = feature_weights(model, rows, seed=1)
    sizes = np.abs(contributions(model, model.encoder.encode_frame(rows))[:, :-1]).mean(axis=0)
    assert list(weights) == list(model.signature.names)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert list(weights.values()) == pytest.approx((sizes / sizes.sum()).tolist())
    assert max(weights, key=lambda name: weights[name]) == "Contract"


def test_of_many_rows_a_sample_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    model = whole_model()
    rows = synthetic_features(model.signature)
    monkeypatch.setattr(module, "MOST_ROWS", 50)
    sampled = feature_weights(model, rows, seed=1)
    assert sampled == feature_weights(model, rows, seed=1) != feature_weights(model, rows, seed=2)
    assert sampled == feature_weights(model, rows.sample(50, random_state=1), seed=9)


def test_a_share_is_the_same_by_names_and_by_rows() -> None:
    model = whole_model()
    rows = synthetic_features(model.signature).astype(object)
    weighed = replace(model.signature, weights=feature_weights(model, rows, seed=1))
    gaps = pd.DataFrame(np.random.default_rng(5).random(rows.shape) < 0.3, columns=rows.columns)
    rows = rows.mask(gaps | rows.isna(), None)
    shares = unknown_shares(weighed, rows)
    alone = [unknown_share(weighed, [n for n in rows if one[n]]) for one in rows.isna().to_dict("records")]
    assert shares.tolist() == alone
    assert 0.1 < shares.mean() < 0.6
    assert unknown_share(weighed, weighed.names) == 1.0
    assert unknown_share(weighed, []) == 0.0


def test_without_weights_a_share_is_known_only_of_a_whole_row() -> None:
    signature = whole_model().signature
    row = synthetic_features(signature, rows=1).fillna(1).astype(object)
    both = pd.concat([row, row.assign(tenure=None)])
    assert signature.weights is None
    assert np.isnan(unknown_shares(signature, both)).tolist() == [False, True]
    assert unknown_share(signature, ["tenure"]) is None
