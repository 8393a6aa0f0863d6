"""Fills the online store from the lake: Feast's materialize, with safeguards.

These are a lock for each view, an overlap for late rows, no end in the future, a check of every source before
anything is overwritten, the removal of customers who left, and a check of the customers afterwards. All views
are read first. Then customers are written batch by batch, each with all its views. The rows are the same that
`feast materialize` writes, which writes one view after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feature_repo.errors import FeatureRepoError
from feature_repo.file_lock import Locked, file_lock
from feature_repo.lake import JOIN_KEY
from feature_repo.paths import REPO
from serving.errors import MaterializeBusy, MaterializeError, OfflineError, ServingError
from serving.features.driver_text import driver_text
from serving.features.lake import Manifest, open_lake
from serving.features.materialize_checks import check_customers, check_source
from serving.features.materialize_members import earliest_learned, leavers, members, without
from serving.features.materialize_report import MaterializeReport, ViewReport
from serving.features.materialize_window import choose_end, choose_start, first_start
from serving.features.online_features import utc_now

if TYPE_CHECKING:
    import pyarrow as pa
    from feast import FeatureStore, FeatureView

    from serving.features.writers.store_writers import StoreWriter

# Called with the rows written so far and the rows to write, of all views.
Progress = Callable[[int, int], None]

__all__ = ["MaterializeReport", "ViewReport", "materialize"]


def materialize(
    repo: Path = REPO,
    end: datetime | None = None,
    progress: Progress | None = None,
    *,
    full: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> MaterializeReport:
    """Bring the online store up to a moment.

    Parameters
    ----------
    repo : Path, optional
        Folder of `feature_store.yaml`.
    end : datetime, optional
        Moment up to which rows are read, with a time zone; by default all that the lake holds.
    progress : callable, optional
        Called with the rows written so far and the rows to write, of all views.
    full : bool, optional
        Whether to read every row within the TTL again, and not only what is new.
    now : callable, optional
        Clock, with a time zone.

    Raises
    ------
    MaterializeBusy
        Another process is filling a view.
    MaterializeError
        The lake, the registry or the store cannot be used; every customer is the old one or the new one.
    """
    from feast import FeatureStore

    from serving.features.writers.store_writers import writer_of

    manifest = _manifest()
    moment = choose_end(end, manifest.data_until, now())
    with _explained():
        store = FeatureStore(repo_path=str(repo))
        views = _online_views(store)
        with ExitStack() as locks:
            for view in views:
                locks.enter_context(_lock(store, repo, view.name))
            writer = writer_of(store, manifest.base)
            reached = [writer.complete_until(view) for view in views]
            present = max([moment, *filter(None, reached)])
            left = leavers(store, present, of_files=manifest.kind == "snapshot")
            run = _Run(store, writer, moment, present, manifest.data_until, left, full)
            plans = [_plan(run, view) for view in views]
            _write(run, plans, progress)
            reports = tuple(_checked(run, plan) for plan in plans)
            _finish(run, plans)
    return MaterializeReport(manifest.base, moment, reports)


@dataclass(frozen=True)
class _Run:
    """What all views of one run share.

    `end` is the moment up to which the run reads. `present` is the moment up to which the store is filled
    afterwards; it is later if an earlier run went further. The lake holds rows up to `data_until`.
    """

    store: FeatureStore
    writer: StoreWriter
    end: datetime
    present: datetime
    data_until: datetime
    left: set[str]
    full: bool


@dataclass(frozen=True)
class _Plan:
    """What is to be done to one view: rows from `start` on, and who must be there afterwards."""

    view: FeatureView
    start: datetime
    rows: pa.Table
    gone: list[str]
    known: set[str]
    current: set[str]


def _plan(run: _Run, view: FeatureView) -> _Plan:
    _check_view(run, view)
    previous = None if run.full else run.writer.complete_until(view)
    learned = None if previous is None else earliest_learned(view, previous)
    start = choose_start(run.end, view.ttl, previous, learned)
    pulled = _pull(run, view, start)
    earliest = first_start(run.present, view.ttl)
    there = members(run.store, view, run.present, earliest, run.data_until)
    written = set(pulled.column(JOIN_KEY).to_pylist())
    stored = run.writer.stored(view, there.known | run.left)
    stays = written if run.writer.replaces(view) else there.known
    gone = ((stored | written) & run.left) | (stored - stays)
    rows = run.writer.prepared(view, without(pulled, run.left))
    return _Plan(view, start, rows, sorted(gone), there.known, there.current - run.left)


def _check_view(run: _Run, view: FeatureView) -> None:
    from feature_repo.compute_engine import is_plain
    from feature_repo.sqlite_store.checks import check_lake

    if not is_plain(view):
        raise MaterializeError(
            f"View {view.name!r} asks Feast to do more than copy its source's rows; "
            "fill it with `feast -c feature_repo materialize`, or define it as a plain feature view."
        )
    check_lake(view)
    check_source(view, run.writer.filled(view))


def _pull(run: _Run, view: FeatureView, start: datetime) -> pa.Table:
    from feature_repo.compute_engine import pull_latest

    rows = pull_latest(run.store.config, run.store.provider.offline_store, view, start, run.end)
    if rows.column(JOIN_KEY).null_count:
        raise MaterializeError(
            f"View {view.name!r}: its source has rows without {JOIN_KEY}; write the table again."
        )
    return rows


def _write(run: _Run, plans: Sequence[_Plan], progress: Progress | None) -> None:
    from feature_repo.sqlite_store.rows import ViewRows
    from serving.features.materialize_parts import parts

    tell = progress or (lambda done, total: None)
    total, done = sum(plan.rows.num_rows for plan in plans), 0
    tell(done, total)
    run.writer.begin([plan.view for plan in plans], run.end, run.left)
    size = run.writer.part_size(run.store.config.materialization_config.online_write_batch_size)
    for part in parts([ViewRows(plan.view, plan.rows, plan.gone) for plan in plans], size):
        run.writer.write(part)
        done += sum(view.rows.num_rows for view in part)
        tell(done, total)


def _checked(run: _Run, plan: _Plan) -> ViewReport:
    """Check that the store has every customer who must be there."""
    stored = run.writer.stored(plan.view, plan.known) - set(plan.gone)
    check_customers(plan.view.name, stored, plan.current)
    return ViewReport(plan.view.name, plan.start, run.end, len(stored), len(plan.gone))


def _finish(run: _Run, plans: Sequence[_Plan]) -> None:
    run.writer.finish([plan.view for plan in plans], run.end)
    for plan in plans:
        run.store.registry.apply_materialization(plan.view, run.store.project, plan.start, run.end)


def _manifest() -> Manifest:
    try:
        return open_lake()[1]
    except OfflineError as error:
        raise MaterializeError(str(error)) from error


def _online_views(store: FeatureStore) -> list[FeatureView]:
    views = [view for view in store.list_feature_views() if view.online and view.enabled]
    if not views:
        raise MaterializeError("The registry holds no feature view; run `feast -c feature_repo apply`.")
    return sorted(views, key=lambda view: str(view.name))


@contextmanager
def _lock(store: FeatureStore, repo: Path, view: str) -> Iterator[None]:
    """Hold a view's lock, on a file beside our own store; for other stores, in the repository's `data`."""
    from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore, database_path

    own = isinstance(store.provider.online_store, WideRowSqliteOnlineStore)
    folder = database_path(store.config).parent if own else repo / "data"
    try:
        with file_lock(folder / f"materialize-{view}.lock", wait=False):
            yield
    except Locked as error:
        raise MaterializeBusy(
            f"View {view!r} is being materialized by {error.holder}; wait until it has finished."
        ) from error


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ServingError:
        raise
    except FeatureRepoError as error:
        raise MaterializeError(error.message) from error
    except Exception as error:  # offline stores raise their drivers' errors, which have no common base
        raise MaterializeError(f"The online store could not be filled: {driver_text(error)}") from error
