"""Batch scoring: every active customer at one date, from the offline store, through the same scorer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.files import private_file, private_place, replacing
from serving.at_risk.scores_file import SCHEMA
from serving.decision.bands import bands_of
from serving.decision.columns import customers_of, decision_columns
from serving.decision.customers import Customers
from serving.decision.decider import Decider
from serving.decision.policy import read_policy
from serving.errors import BatchError, EncodingError
from serving.features.lake import Manifest, customers_at, open_lake
from serving.features.offline_features import OfflineFeatures, check_features
from serving.model.churn_model import ChurnModel
from serving.model.scorer import Scorer
from serving.model.unknown_share import unknown_shares
from serving.registry.applied import Applied
from serving.registry.model_files import RegisteredModel, registered_model
from serving.settings import Settings

CHUNK = 65_536
"""Customers that are scored and written at a time; their features are read before, 0.2 kB a customer."""
SHOWN = {"Contract": "contract", "MonthlyCharges": "monthly_charges", "tenure": "tenure"}
"""Features that are written beside a score; null if the model does not use them."""


@dataclass(frozen=True)
class BatchReport:
    """What a run did.

    Attributes
    ----------
    rows : int
        Customers written.
    left : int
        Those of them that are marked as having left.
    unscored : int
        Those of them that have no score, as more than `max_unknown_share` of the model's weight is unknown.
    as_of : datetime
    model : str
        Exact tag.
    top : DataFrame
        Those most at risk who have a score and are not marked as left, with the output's columns.
    """

    rows: int
    left: int
    unscored: int
    as_of: datetime
    model: str
    top: pd.DataFrame


def score_all(
    out: Path,
    tag: str,
    settings: Settings,
    as_of: datetime | None = None,
    top: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> BatchReport:
    """Score all active customers and write them to a Parquet file, which appears whole or not at all.

    Parameters
    ----------
    out : Path
    tag : str
        Exact tag of the model.
    settings : Settings
    as_of : datetime, optional
        The scoring date, with a time zone; by default the lake's `data_until`.
    top : int
        How many of those most at risk to report.
    progress : callable, optional
        Called with the number of customers done and the number of all.

    Raises
    ------
    OfflineError
        If there is no lake, the registry was applied for another base, or rows are lost.
    BatchError
        If the lake is not of the model's base or ends before `as_of`, the applied feature service is not the
        model's, there are no customers, one has a value that cannot be, or the file cannot be written.
    PlaybookError, SuppressionError
        If the playbook or the suppression file cannot be used.
    """
    run = open_run(tag, settings, as_of)
    customers, moment = run.customers, run.moment
    best, rows, unscored = pd.DataFrame(), 0, 0
    with _whole_file(out) as writer:
        for part in run.parts():
            scored = _written(part, run)
            unscored += int(scored["probability"].isna().sum())
            writer.write_table(pa.Table.from_pandas(scored[SCHEMA.names], SCHEMA, preserve_index=False))
            best, rows = _most_at_risk(best, scored, top), rows + len(scored)
            if progress:
                progress(rows, len(customers))
        if rows != len(customers):
            raise BatchError(
                f"{len(customers)} customers went in and {rows} rows came out; report this as a fault"
            )
    return BatchReport(rows, int(customers["left"].sum()), unscored, moment, tag, best)


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the customers of a run, n of them.

    Attributes
    ----------
    customers : DataFrame
        ``customerID`` and ``left``.
    frame : DataFrame
        Their features.
    scores : DataFrame
        Of `Scorer.score_frame`.
    unknown_share : ndarray, (n,)
        Share of the model's weight that is missing or expired.
    unscored : ndarray of bool, (n,)
        Who gets no score, as too much is unknown.
    """

    customers: pd.DataFrame
    frame: pd.DataFrame
    scores: pd.DataFrame
    unknown_share: np.ndarray
    unscored: np.ndarray

    def decided(self, model: ChurnModel) -> Customers:
        """The customers as a decider takes them."""
        return customers_of(self.customers["customerID"].tolist(), self.frame, self.scores, model)


@dataclass(frozen=True, eq=False)
class Run:
    """All active customers at one date, with what scores them and decides about them.

    Attributes
    ----------
    folder : Path
        The lake.
    scorer : Scorer
    decider : Decider
    moment : datetime
        With a time zone.
    most_unknown : float
        Largest share of the model's weight that may be unknown.
    customers : DataFrame
        ``customerID`` and ``left``.
    features : pyarrow.Table
        Their features, in the same order.
    """

    folder: Path
    scorer: Scorer
    decider: Decider
    moment: datetime
    most_unknown: float
    customers: pd.DataFrame
    features: pa.Table

    def parts(self) -> Iterator[Part]:
        """The customers in order, scored, CHUNK at a time.

        Raises
        ------
        BatchError
            A customer has a value that cannot be.
        """
        for start in range(0, len(self.customers), CHUNK):
            customers = self.customers.iloc[start : start + CHUNK].reset_index(drop=True)
            frame = self.features.slice(start, CHUNK).to_pandas()
            scores = _scores(self.scorer, customers, frame)
            unknown = unknown_shares(self.scorer.model.signature, frame)
            yield Part(customers, frame, scores, unknown, unknown > self.most_unknown)


def open_run(tag: str, settings: Settings, as_of: datetime | None = None) -> Run:
    """Read the active customers and their features; parameters and errors as of `score_all`."""
    folder, manifest = open_lake()
    moment = _moment(manifest, as_of)
    registered = _servable(tag, manifest)
    thresholds, model = registered.metadata.thresholds, registered.load()
    scorer = Scorer(model, registered.tag, bands_of(settings.bands, thresholds))
    decider = Decider(model, read_policy(settings, moment.date()), thresholds.chosen)
    offline = OfflineFeatures(model.signature.feature_service, manifest.base)
    customers = customers_at(folder, manifest, moment)
    if customers.empty:
        raise BatchError(f"nobody is a customer at {moment:%Y-%m-%d}; choose a later date with --as-of")
    features = _features(offline, scorer, customers, moment)
    return Run(folder, scorer, decider, moment, settings.max_unknown_share, customers, features)


def _servable(tag: str, manifest: Manifest) -> RegisteredModel:
    """The model, if it may serve the lake's customers. Raises BatchError if not."""
    registered = registered_model(tag)
    if registered.metadata.base != manifest.base:
        raise BatchError(
            f"model {tag} is of base {registered.metadata.base} and the lake holds {manifest.base}; "
            "run `python -m training run` to train on this lake first"
        )
    differs = Applied().compare(registered.signature).differs
    if differs:
        raise BatchError(f"model {tag} may not serve here: {differs}")
    return registered


def _moment(manifest: Manifest, as_of: datetime | None) -> datetime:
    if as_of is None:
        return manifest.data_until
    if as_of > manifest.data_until:
        raise BatchError(
            f"--as-of {as_of:%Y-%m-%d} is after {manifest.data_until:%Y-%m-%d}, where the lake's data end"
        )
    return as_of


def _features(offline: OfflineFeatures, scorer: Scorer, customers: pd.DataFrame, as_of: datetime) -> pa.Table:
    """The features that the model uses and the output shows, of all customers."""
    table = offline.at(customers["customerID"], as_of)
    check_features(table.column_names, scorer.model.signature.features)
    names = dict.fromkeys([*scorer.model.signature.names, *SHOWN])
    return table.select([name for name in names if name in table.column_names])


def _scores(scorer: Scorer, customers: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    try:
        return scorer.score_frame(frame)
    except EncodingError as error:
        if error.row is None:
            raise
        customer = customers["customerID"].iloc[error.row]
        raise BatchError(f"customer {customer}: {error}; `python -m data check` names the row") from error


def _written(part: Part, run: Run) -> pd.DataFrame:
    """The rows of the scores file."""
    extra: dict[str, Any] = {shown: part.frame.get(name) for name, shown in SHOWN.items()}
    extra["unknown_share"] = part.unknown_share
    found = part.decided(run.scorer.model)
    extra |= decision_columns(run.decider, found, run.moment, part.unscored)
    whole = pd.concat([part.customers, part.scores], axis=1)
    return _without_guesses(whole, part.unscored).assign(as_of=run.moment, model=run.scorer.tag, **extra)


def _without_guesses(scored: pd.DataFrame, refused: np.ndarray) -> pd.DataFrame:
    """Leave out the score where too much of the model's weight is unknown, as `Scoring` does."""
    if not refused.any():
        return scored
    return scored.assign(
        probability=scored["probability"].mask(refused),
        band=scored["band"].mask(refused, None),
        segment_id=scored["segment_id"].astype("Int64").mask(refused),
        segment=scored["segment"].mask(refused, None),
    )


def _most_at_risk(best: pd.DataFrame, scored: pd.DataFrame, top: int) -> pd.DataFrame:
    """The `top` of those found so far and these; a partition first, as sorting everybody takes long."""
    stays = ~scored["left"].to_numpy() & scored["probability"].notna().to_numpy()
    here = scored.iloc[np.flatnonzero(stays)] if top else scored.head(0)
    probability = here["probability"].to_numpy()
    if len(here) > top > 0:
        here = here.iloc[np.flatnonzero(probability >= np.partition(probability, -top)[-top])]
    both = pd.concat([best, here]) if len(best) else here
    ranked = both.sort_values(["probability", "customerID"], ascending=[False, True])
    return ranked.head(top).reset_index(drop=True)


@contextmanager
def _whole_file(out: Path) -> Iterator[pq.ParquetWriter]:
    """A writer of the file. Readers see all of the old file or, once the block ends, all of the new one."""
    if out.is_dir():
        raise BatchError(f"{out} is a folder; give --out the name of a file")
    try:
        private_place(out)
        with replacing(out) as beside:
            private_file(beside)
            with pq.ParquetWriter(beside, SCHEMA, write_page_checksum=True) as writer:
                yield writer
    except OSError as error:
        raise BatchError(
            f"{out} cannot be written: {error.strerror}; choose another place with --out"
        ) from error
