"""One side of `benchmarks/nightly.py`, in a process of its own; prints CPU seconds and peak memory."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

DATE = "2026-11-01"
BASE_DATE = pd.Timestamp(DATE, tz="UTC")
SERVICE = "churn_v1"


def main(path: str, side: str, folder: Path) -> None:
    """Prepare one side, measure it, and print what it took."""
    warnings.simplefilter("ignore")
    work = SIDES[path, side](Path(os.environ["STAYLINE_LAKE"]), folder)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    begin = time.process_time()
    rows = work()
    took = time.process_time() - begin
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert peak is not None
    print(json.dumps({"cpu": took, "peak": int(peak[1]) / 1024, "rows": rows}))


def entity_rows(lake: Path) -> pd.DataFrame:
    """One row a customer, at a random moment of the last 300 days."""
    import pyarrow.parquet as pq

    ids = pq.read_table(lake / "demographics.parquet", columns=["customerID"])["customerID"].to_numpy()
    random = np.random.default_rng(1)
    back = random.integers(0, 300 * 86_400 * 10**6, len(ids)).astype("timedelta64[us]")
    moments = pd.Series(np.datetime64(DATE, "us") - back).dt.tz_localize("UTC")
    return pd.DataFrame({"customerID": random.permutation(ids), "event_timestamp": moments})


def feast_store() -> tuple[Any, list[Any], list[str]]:
    """The applied store, its views and all features."""
    import ibis
    from feast import FeatureStore

    from feature_repo.paths import REPO

    assert ibis.duckdb, "the backend's import is not the work"
    store = FeatureStore(repo_path=str(REPO))
    service = store.get_feature_service(SERVICE)
    views = [store.get_feature_view(one.name) for one in service.feature_view_projections]
    return store, views, [f"{view.name}:{field.name}" for view in views for field in view.features]


def feasts_read(rows: pd.DataFrame) -> Callable[[], pa.Table]:
    """Feast's own DuckDB store, both clocks."""
    from feast.infra.offline_stores.duckdb import DuckDBOfflineStore

    store, views, refs = feast_store()
    read = DuckDBOfflineStore.get_historical_features
    return lambda: read(
        store.config, views, refs, rows.copy(), store.registry, store.project, False, True
    ).to_arrow()


def set_limit(lake: Path, folder: Path) -> Callable[[], int]:
    """Point-in-time set: the least."""
    import limits

    rows = pa.Table.from_pandas(entity_rows(lake), preserve_index=False)
    return lambda: int(limits.point_in_time(lake, rows).num_rows)


def set_feast(lake: Path, folder: Path) -> Callable[[], int]:
    """Point-in-time set: Feast's DuckDB store."""
    read = feasts_read(entity_rows(lake))
    return lambda: int(read().num_rows)


def set_ours(lake: Path, folder: Path) -> Callable[[], int]:
    """Point-in-time set: what training calls."""
    feast_store()
    from serving.features.lake import open_lake
    from serving.features.offline_features import OfflineFeatures

    rows, reader = entity_rows(lake), OfflineFeatures(SERVICE, open_lake()[1].base)
    return lambda: len(reader.read(rows))


def wide_limit(lake: Path, folder: Path) -> Callable[[], int]:
    """Set of one wide view: the least."""
    import one_view

    rows = pa.Table.from_pandas(entity_rows(lake), preserve_index=False)
    return lambda: int(one_view.limit(lake, rows).num_rows)


def wide_side(side: str) -> Callable[[Path, Path], Callable[[], int]]:
    """Set of one wide view: what Feast answers, on its own DuckDB store or on ours."""

    def prepare(lake: Path, folder: Path) -> Callable[[], int]:
        import ibis
        import one_view

        assert ibis.duckdb, "the backend's import is not the work"
        store, rows = one_view.feast_store(side, lake, folder), entity_rows(lake)
        return lambda: int(one_view.read(store, rows).num_rows)

    return prepare


def _scorer() -> Any:
    from serving.decision.bands import bands_of
    from serving.model.scorer import Scorer
    from serving.registry.model_files import registered_model
    from serving.registry.pinned import first_tag
    from serving.settings import load_settings

    registered = registered_model(first_tag())
    bands = bands_of(load_settings().bands, registered.metadata.thresholds)
    return Scorer(registered.load(), registered.tag, bands)


def batch_limit(lake: Path, folder: Path) -> Callable[[], int]:
    """Batch scoring: the least."""
    import limits

    scorer = _scorer()
    return lambda: limits.score_all(lake, DATE, scorer, folder / "limit.parquet")


def batch_feast(lake: Path, folder: Path) -> Callable[[], int]:
    """Batch scoring: Feast's store, data frames and the same scorer."""
    scorer = _scorer()
    read = feasts_read(entity_rows(lake).assign(event_timestamp=BASE_DATE))

    def work() -> int:
        frame = read().to_pandas()
        frame[["customerID"]].join(scorer.score_frame(frame)).to_parquet(folder / "feast.parquet")
        return len(frame)

    return work


def batch_ours(lake: Path, folder: Path) -> Callable[[], int]:
    """Batch scoring: what `python -m serving score --all` calls."""
    feast_store()
    from serving.batch import score_all
    from serving.registry.pinned import first_tag
    from serving.settings import load_settings

    _scorer()  # imports the classifier's library
    tag, settings = first_tag(), load_settings()
    return lambda: score_all(folder / "ours.parquet", tag, settings, top=20).rows


def fill_limit(lake: Path, folder: Path) -> Callable[[], int]:
    """Materialize into an empty store: the least."""
    import limits

    return lambda: limits.materialize(lake, DATE, folder / "limit.db")


def fill_ours(lake: Path, folder: Path) -> Callable[[], int]:
    """Materialize: what `python -m serving materialize` calls."""
    feast_store()
    from serving.features.materialize import materialize

    return lambda: sum(materialize().customers.values())


def redis_side(name: str) -> Callable[[Path, Path], Callable[[], int]]:
    """Materialize to Redis: a side of `redis_sides.py`."""

    def prepare(lake: Path, folder: Path) -> Callable[[], int]:
        import redis_sides

        if name != "limit":
            feast_store()
        work: Callable[[], int] = getattr(redis_sides, name)(lake, folder, DATE)
        return work

    return prepare


SIDES = {
    ("point-in-time set", "limit"): set_limit,
    ("point-in-time set", "Feast"): set_feast,
    ("point-in-time set", "Stayline"): set_ours,
    ("one view of 25 features", "limit"): wide_limit,
    ("one view of 25 features", "Feast"): wide_side("Feast"),
    ("one view of 25 features", "Stayline"): wide_side("Stayline"),
    ("batch scoring", "limit"): batch_limit,
    ("batch scoring", "Feast"): batch_feast,
    ("batch scoring", "Stayline"): batch_ours,
    ("materialize, first", "limit"): fill_limit,
    ("materialize, first", "Stayline"): fill_ours,
    ("materialize, nothing new", "Stayline"): fill_ours,
    ("materialize to Redis", "limit"): redis_side("limit"),
    ("materialize to Redis", "Feast"): redis_side("feast"),
    ("materialize to Redis", "Stayline"): redis_side("ours"),
}


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
