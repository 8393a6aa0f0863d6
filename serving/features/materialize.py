"""Fills the online store from the lake: Feast's materialize, with safeguards.

These are a lock for each view, an overlap for late rows, no end in the future, a check of each source before
its view is overwritten, the removal of customers who left, and a check of the customers afterwards. Feast's
own provider writes the rows, so `feast materialize` writes the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feature_repo.errors import FeatureRepoError
from feature_repo.file_lock import Locked, file_lock
from feature_repo.paths import REPO
from serving.errors import MaterializeBusy, MaterializeError, OfflineError, ServingError
from serving.features.lake import Manifest, open_lake
from serving.features.materialize_checks import check_customers, check_source
from serving.features.materialize_members import earliest_learned, leavers, members
from serving.features.materialize_progress import Bars, Progress
from serving.features.materialize_report import MaterializeReport, ViewReport
from serving.features.materialize_window import choose_end, choose_start, first_start
from serving.features.online_features import utc_now

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView

    from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore

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
        The lake, the registry or the store cannot be used; views that were filled before stay filled.
    """
    from feast import FeatureStore

    manifest = _manifest()
    moment = choose_end(end, manifest.data_until, now())
    with _explained():
        store = FeatureStore(repo_path=str(repo))
        views = _online_views(store)
        with ExitStack() as locks:
            for view in views:
                locks.enter_context(_lock(store, repo, view.name))
            present = max([moment, *filter(None, (view.most_recent_end_time for view in views))])
            run = _Run(store, moment, present, leavers(store, present), Bars(len(views), progress), full)
            reports = tuple(_fill(run, view) for view in views)
            _checkpoint(store)
    return MaterializeReport(manifest.base, moment, reports)


@dataclass(frozen=True)
class _Run:
    """The state of one run, which all views share.

    `end` is the moment up to which the run reads. `present` is the moment up to which the store is filled
    afterwards; it is later if an earlier run went further.
    """

    store: FeatureStore
    end: datetime
    present: datetime
    left: set[str]
    bars: Bars
    full: bool


def _fill(run: _Run, view: FeatureView) -> ViewReport:
    online, config = _own_store(run.store), run.store.config
    reached = view.most_recent_end_time if online is None else online.complete_until(config, view)
    previous = None if run.full else reached
    learned = None if previous is None else earliest_learned(view, previous)
    start = choose_start(run.end, view.ttl, previous, learned)
    if online is None:
        _write(run, view, start)
        return ViewReport(view.name, start, run.end, None, 0)
    check_source(view, online.filled(config, view))
    _write(run, view, start)
    removed = _settle(run, online, view)
    online.mark_complete(config, view, run.end)
    return ViewReport(view.name, start, run.end, len(online.customers(config, view)), removed)


def _write(run: _Run, view: FeatureView, start: datetime) -> None:
    store = run.store
    store.provider.materialize_single_feature_view(
        config=store.config,
        feature_view=view,
        start_date=start,
        end_date=run.end,
        registry=store.registry,
        project=store.project,
        tqdm_builder=run.bars.start,
    )
    store.registry.apply_materialization(view, store.project, start, run.end)


def _settle(run: _Run, online: WideRowSqliteOnlineStore, view: FeatureView) -> int:
    """Remove customers who left or are no longer in the lake, and check that all others are in the store."""
    there = members(run.store, view, run.present, first_start(run.present, view.ttl))
    stored = online.customers(run.store.config, view)
    gone = (stored & run.left) | (stored - there.known)
    removed = online.remove(run.store.config, view, sorted(gone))
    check_customers(view.name, stored - gone, there.current - run.left)
    return removed


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


def _own_store(store: FeatureStore) -> WideRowSqliteOnlineStore | None:
    from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore

    online = store.provider.online_store
    return online if isinstance(online, WideRowSqliteOnlineStore) else None


def _checkpoint(store: FeatureStore) -> None:
    online = _own_store(store)
    if online is not None:
        online.checkpoint(store.config)


@contextmanager
def _lock(store: FeatureStore, repo: Path, view: str) -> Iterator[None]:
    """Hold a view's lock, on a file beside our own store; for other stores, in the repository's `data`."""
    from feature_repo.sqlite_store.store import database_path

    folder = repo / "data" if _own_store(store) is None else database_path(store.config).parent
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
        raise MaterializeError(f"The online store could not be filled: {error}") from error
