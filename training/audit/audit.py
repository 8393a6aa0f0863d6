"""The leak audit: every feature through every signal, before anything is fitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from training.audit.signals import (
    dependence,
    levels,
    one_class_values,
    pure_share,
    rank_correlation,
    single_auc,
)
from training.dataset.point_in_time import Dataset
from training.errors import SettingsError
from training.progress import Advance
from training.settings.audit import AuditSettings

Bands = list[tuple[str, np.ndarray]]


def audit_section(
    dataset: Dataset, settings: AuditSettings, seed: int, advance: Advance = lambda _: None
) -> dict[str, Any]:
    """Name the features that seem to know the label.

    Parameters
    ----------
    dataset : Dataset
    settings : AuditSettings
    seed : int
        Of the folds in which levels of a feature learn their churn rate.
    advance : callable
        Called with the name of each feature.

    Returns
    -------
    dict
        ``suspects``: ``[{"feature", "signals": [{"signal", "value", "limit", "where"}]}]``; ``features``:
        for every feature ``{"feature", "auc", "auc_within_bands", "band" (of the highest), "pure_values",
        "one_class_values", "dependence_among_stayed", "follows_tenure_among_churned", "follows_limit",
        "auc_earlier", "auc_latest"}``, None where there is nothing to measure; ``limits``: the settings;
        ``left_out``: ``{band column: why there are no bands of it}``.

    Raises
    ------
    SettingsError
        When the first of ``band_columns`` is not a number.
    """
    left_out = absent_band_columns(dataset, settings)
    frame, churned = dataset.features, dataset.churned
    bands = list(_bands(frame, churned, settings))
    coded = pd.DataFrame({name: levels(frame[name]) for name in frame})
    features = []
    for name in map(str, frame):
        codes = coded[name].to_numpy()
        features.append(
            {
                "feature": name,
                "auc": single_auc(codes, churned, seed),
                **_within(codes, churned, bands, seed),
                "pure_values": pure_share(codes, churned, settings.least_rows),
                "one_class_values": one_class_values(frame[name], churned, settings.least_rows),
                **_by_class(name, coded, frame, churned, settings),
                **_over_time(codes, dataset, seed),
            }
        )
        advance(name)
    named = [{"feature": figures["feature"], "signals": _signals(figures, settings)} for figures in features]
    return {
        "suspects": [suspect for suspect in named if suspect["signals"]],
        "features": features,
        "limits": settings.model_dump(mode="json"),
        "left_out": left_out,
    }


def absent_band_columns(dataset: Dataset, settings: AuditSettings) -> dict[str, str]:
    """Band columns that these rows do not have, or that do not vary in them, each with the reason.

    Raises
    ------
    SettingsError
        When the first column is not a number.
    """
    number = settings.band_columns[0]
    if number in dataset.features and not pd.api.types.is_numeric_dtype(dataset.features[number].dtype):
        raise SettingsError(
            f"audit.band_columns: {number!r} is not a number; name a number first and a category second"
        )
    return {
        name: dataset.dropped.get(name) or f"not a feature of {dataset.signature.feature_service}"
        for name in settings.band_columns
        if name not in dataset.features
    }


def _bands(
    frame: pd.DataFrame, churned: np.ndarray, settings: AuditSettings
) -> Iterator[tuple[str, np.ndarray]]:
    """Terciles of the number, values of the category, and their combinations, where both classes occur."""
    number, category = settings.band_columns
    cuts: dict[str, np.ndarray] = {}
    if number in frame:
        thirds = pd.qcut(frame[number].astype("float64"), 3, labels=False, duplicates="drop").to_numpy()
        for third in np.unique(thirds[~np.isnan(thirds)]):
            rows = thirds == third
            low, high = frame[number][rows].min(), frame[number][rows].max()
            cuts[f"{number} {low:g} to {high:g}"] = rows
    kinds = {}
    if category in frame:
        for value in frame[category].dropna().unique():
            kinds[f"{category} {value}"] = frame[category].eq(value).to_numpy(dtype=bool, na_value=False)
    both = {f"{one}, {other}": a & b for one, a in cuts.items() for other, b in kinds.items()}
    for name, rows in (cuts | kinds | both).items():
        if min(churned[rows].sum(), (1 - churned[rows]).sum()) >= settings.least_rows:
            yield name, rows


def _within(codes: np.ndarray, churned: np.ndarray, bands: Bands, seed: int) -> dict[str, Any]:
    """The highest AUC within a band, less three standard errors, so that a small band needs more."""
    best: tuple[float, str] | None = None
    for name, rows in bands:
        found = single_auc(codes[rows], churned[rows], seed)
        left, stayed = churned[rows].sum(), (1 - churned[rows]).sum()
        sure = found - 3 * np.sqrt(found * (1 - found) / min(left, stayed))
        if best is None or sure > best[0]:
            best = (float(sure), name)
    return {"auc_within_bands": best[0] if best else None, "band": best[1] if best else None}


def _by_class(
    name: str, coded: pd.DataFrame, frame: pd.DataFrame, churned: np.ndarray, settings: AuditSettings
) -> dict[str, Any]:
    """How a number depends on the other features among who stayed, and on tenure among who left."""
    number, _ = settings.band_columns
    if number not in frame or name == number or not pd.api.types.is_numeric_dtype(frame[name].dtype):
        return {
            "dependence_among_stayed": None,
            "follows_tenure_among_churned": None,
            "follows_limit": None,
        }
    stayed = churned == 0
    others = coded.loc[stayed, [other for other in coded if other != name]]
    return {
        "dependence_among_stayed": dependence(coded[name].to_numpy()[stayed], others),
        "follows_tenure_among_churned": rank_correlation(frame[name][~stayed], frame[number][~stayed]),
        "follows_limit": max(settings.follows_among_churned, 4 / float(np.sqrt((~stayed).sum()))),
    }


def _over_time(codes: np.ndarray, dataset: Dataset, seed: int) -> dict[str, Any]:
    """AUC in the latest cohort and in the earlier ones; None for one cohort."""
    when = dataset.keys.get("event_timestamp")
    if when is None or when.nunique() < 2:
        return {"auc_earlier": None, "auc_latest": None}
    latest = (when == when.max()).to_numpy()
    return {
        "auc_earlier": single_auc(codes[~latest], dataset.churned[~latest], seed),
        "auc_latest": single_auc(codes[latest], dataset.churned[latest], seed),
    }


def _signals(figures: dict[str, Any], settings: AuditSettings) -> list[dict[str, Any]]:
    found = []

    def note(signal: str, value: float, limit: float, where: str = "") -> None:
        found.append({"signal": signal, "value": float(value), "limit": float(limit), "where": where})

    if figures["auc"] > settings.auc:
        note("auc", figures["auc"], settings.auc)
    within = figures["auc_within_bands"]
    if within is not None and within > settings.auc_within_bands:
        note("auc_within_bands", within, settings.auc_within_bands, figures["band"])
    if figures["pure_values"] > settings.pure_values:
        note("pure_values", figures["pure_values"], settings.pure_values)
    if figures["one_class_values"]:
        values = figures["one_class_values"]
        note("one_class_values", len(values), 0, ", ".join(values[:3]))
    flat, follows = figures["dependence_among_stayed"], figures["follows_tenure_among_churned"]
    if (
        flat is not None
        and flat < settings.flat_among_stayed
        and abs(follows) > settings.follows_among_churned
    ):
        note("flat_among_stayed", abs(follows), settings.follows_among_churned)
    if (
        figures["auc_latest"] is not None
        and figures["auc_earlier"] - figures["auc_latest"] > settings.collapse
    ):
        note("collapses_out_of_time", figures["auc_earlier"] - figures["auc_latest"], settings.collapse)
    return found
