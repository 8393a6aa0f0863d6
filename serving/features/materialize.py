"""Fills the online store from the lake: Feast's materialize, with safeguards.

These are a lock for each view, late rows however late, no end in the future, a check of every source before
anything is overwritten, the removal of customers who left, and a check of the customers afterwards. A later
run reads and writes only customers who have new rows or are missing in the store. All views are read first.
Then customers are written batch by batch, each with all its views. The rows are the same that `feast
materialize` writes, which writes one view after the other; but of who came back, those of the new stay alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feature_repo.errors import FeatureRepoError
from feature_repo.file_lock import Locked, file_lock
from feature_repo.paths import REPO
from serving.errors import MaterializeBusy, MaterializeError, OfflineError, ServingError
from serving.features.driver_text import driver_text
from serving.features.lake import read_manifest
from serving.features.materialize_checks import check_customers, check_not_ahead
from serving.features.materialize_members import absent, leavers, returns
from serving.features.materialize_plan import Plan, Run, plan_view
from serving.features.materialize_report import MaterializeReport, ViewReport
from serving.features.materialize_window import choose_end, just_after
from serving.features.online_features import utc_now
from serving.features.writers.garbage import older_objects_left_alone
from serving.features.writers.source_value import source_value

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView

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

    with _explained(), older_objects_left_alone():
        _, manifest, content = read_manifest()
        moment = choose_end(end, manifest.data_until, now())
        store = FeatureStore(repo_path=str(repo))
        views = _online_views(store)
        with ExitStack() as locks:
            for view in views:
                locks.enter_context(_lock(store, repo, view.name))
            writer = writer_of(store, manifest.base, views, full)
            source = source_value(content, views)
            held = writer.unchanged(source, moment)
            if held is not None and all(_reached(view, moment) for view in views):
                return MaterializeReport(manifest.base, moment, _unchanged(views, moment, held), True)
            reached = [writer.complete_until(view) for view in views]
            present = max([moment, *filter(None, reached)])
            check_not_ahead(manifest.data_until, present)
            back = returns(store, present)
            left = leavers(store, present, back, of_files=manifest.kind == "snapshot")
            run = Run(store, writer, moment, present, manifest.data_until, left, back, full)
            plans = [plan_view(run, view) for view in views]
            _write(run, plans, progress)
            reports = tuple(_checked(run, plan) for plan in plans)
            report = MaterializeReport(manifest.base, moment, reports)
            writer.finish(moment, source, report.customers)
            _record(run, plans)
    return report


def _reached(view: FeatureView, moment: datetime) -> bool:
    """Whether Feast's registry says that a view is filled up to a moment."""
    said = view.most_recent_end_time
    return said is not None and bool(said >= moment)


def _unchanged(
    views: Sequence[FeatureView], moment: datetime, held: Mapping[str, int]
) -> tuple[ViewReport, ...]:
    after = just_after(moment)
    return tuple(ViewReport(view.name, after, moment, held[view.name], 0) for view in views)


def _write(run: Run, plans: Sequence[Plan], progress: Progress | None) -> None:
    from feature_repo.sqlite_store.arrow_rows import ViewRows
    from serving.features.writers.parts import parts

    tell = progress or (lambda done, total: None)
    total, done = sum(plan.read.rows.num_rows for plan in plans), 0
    tell(done, total)
    run.writer.begin(run.end, run.left.to_pylist())
    size = run.writer.part_size(run.store.config.materialization_config.online_write_batch_size)
    whole = [ViewRows(plan.view, plan.read.rows, sorted(plan.gone.to_pylist())) for plan in plans]
    for part in parts(whole, size):
        run.writer.write(part)
        done += sum(view.rows.num_rows for view in part)
        tell(done, total)
    if any(plan.changes for plan in plans):
        run.writer.written()


def _checked(run: Run, plan: Plan) -> ViewReport:
    """Check that the store has every customer who must be there."""
    stored, missing = plan.stored, plan.read.missing
    if plan.changes:
        stored = absent(run.stored(plan.members), plan.gone)
        missing = missing if stored.equals(plan.stored) else absent(plan.read.expected, stored)
    check_customers(plan.view.name, missing, len(plan.read.expected))
    return ViewReport(plan.view.name, plan.read.start, run.end, len(stored), len(plan.gone))


def _record(run: Run, plans: Sequence[Plan]) -> None:
    """Record in Feast's registry up to where the views are filled."""
    for plan in plans:
        run.store.registry.apply_materialization(plan.view, run.store.project, plan.read.start, run.end)


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
    except OfflineError as error:
        raise MaterializeError(str(error)) from error
    except ServingError:
        raise
    except FeatureRepoError as error:
        raise MaterializeError(error.message) from error
    except Exception as error:  # offline stores raise their drivers' errors, which have no common base
        raise MaterializeError(f"The online store could not be filled: {driver_text(error)}") from error
