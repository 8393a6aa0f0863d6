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
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.errors import FeatureRepoError
from feature_repo.file_lock import Locked, file_lock
from feature_repo.lake import JOIN_KEY
from feature_repo.paths import REPO
from serving.errors import MaterializeBusy, MaterializeError, OfflineError, ServingError
from serving.features.driver_text import driver_text
from serving.features.lake import Manifest, open_lake
from serving.features.materialize_checks import check_customers, check_not_ahead, check_source
from serving.features.materialize_members import (
    Members,
    News,
    absent,
    customers_of,
    leavers,
    news_since,
    present,
    returns,
    without_new_rows,
)
from serving.features.materialize_report import MaterializeReport, ViewReport
from serving.features.materialize_window import choose_end, choose_start, first_start, just_after
from serving.features.online_features import utc_now
from serving.features.writers.garbage import older_objects_left_alone
from serving.features.writers.source_value import source_value

if TYPE_CHECKING:
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

    manifest, content = _manifest()
    moment = choose_end(end, manifest.data_until, now())
    with _explained(), older_objects_left_alone():
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
            run = _Run(store, writer, moment, present, manifest.data_until, left, back, full)
            plans = [_plan(run, view) for view in views]
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
    left: pa.Array
    back: pa.Table
    full: bool

    def away(self, view: FeatureView) -> pa.Array:
        """Those who left, and those who came back and have no row of the view since."""
        return pa.concat_arrays([self.left, without_new_rows(self.store, view, self.back, self.present)])

    def stored(self, members: Members) -> pa.Array:
        """Customers whom the store holds in a view."""
        return self.writer.stored(
            members.view, lambda: pc.unique(pa.concat_arrays([members.known, self.left]))
        )


@dataclass(frozen=True)
class _Plan:
    """What is to be done to one view: rows from `start` on, and who must be there afterwards."""

    view: FeatureView
    start: datetime
    rows: pa.Table
    gone: pa.Array
    members: Members
    stored: pa.Array
    expected: pa.Array
    missing: pa.Array

    @property
    def changes(self) -> bool:
        return bool(self.rows.num_rows or len(self.gone))


class _Read(NamedTuple):
    """What is read of one view: rows from `start` on as they are to be written, and who must be stored."""

    start: datetime
    rows: pa.Table
    expected: pa.Array
    missing: pa.Array


def _plan(run: _Run, view: FeatureView) -> _Plan:
    _check_view(run, view)
    members = Members(run.store, view, first_start(run.present, view.ttl), run.present, run.data_until)
    away = run.away(view)
    stored = run.stored(members)
    previous = None if run.full else run.writer.complete_until(view)
    read = (
        _read_all(run, members, stored, away)
        if previous is None
        else _read_new(run, members, stored, away, previous)
    )
    start, rows, expected, missing = read
    written = customers_of(rows)
    if run.writer.replaces(view):
        no_longer = absent(stored, written)
    elif not len(stored) or (not len(missing) and len(stored) == len(expected)):
        no_longer = stored.slice(0, 0)  # the store holds nobody, or whom it should and nobody else
    else:
        no_longer = _no_longer(stored, members)
    gone = [present(stored, away), present(written, away), no_longer]
    return _Plan(
        view,
        start,
        _without(rows, away),
        pc.unique(pa.concat_arrays(gone)),
        members,
        stored,
        expected,
        missing,
    )


def _read_all(run: _Run, members: Members, stored: pa.Array, away: pa.Array) -> _Read:
    """Read every row within the TTL."""
    start = first_start(run.end, members.view.ttl)
    rows = run.writer.prepared(members.view, _pull(run, members.view, start))
    current = members.current_if(customers_of(rows)) if run.end == run.present else members.current
    expected = absent(current, away)
    return _Read(start, rows, expected, absent(expected, stored))


def _read_new(run: _Run, members: Members, stored: pa.Array, away: pa.Array, previous: datetime) -> _Read:
    """Read the rows of those who have new ones since the previous run, or should be stored and are not."""
    view = members.view
    expected = absent(members.current, away)
    missing = absent(expected, stored)
    news = _news(run, members, missing, previous)
    start = choose_start(run.end, view.ttl, previous, news)
    pulled = _pull(run, view, start)
    if news is not None:
        pulled = pulled.filter(pc.is_in(pulled.column(JOIN_KEY), news.customers))
    return _Read(start, run.writer.prepared(view, pulled), expected, missing)


def _news(run: _Run, members: Members, missing: pa.Array, previous: datetime) -> News | None:
    """Who has new rows since the previous run, and who should be stored and is not."""
    news = news_since(run.store, members.view, previous)
    if news is None or not len(lost := absent(missing, news.customers)):
        return news
    return News(pa.concat_arrays([news.customers, lost]), members.earliest)


def _no_longer(stored: pa.Array, members: Members) -> pa.Array:
    """Those stored who are no longer in the lake. The whole table is read only if somebody is not current."""
    suspects = absent(stored, members.current)
    return absent(suspects, members.known) if len(suspects) else suspects


def _without(rows: pa.Table, customers: pa.Array) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows.column(JOIN_KEY), customers))) if len(customers) else rows


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
    from feature_repo.sqlite_store.arrow_rows import ViewRows
    from serving.features.materialize_parts import parts

    tell = progress or (lambda done, total: None)
    total, done = sum(plan.rows.num_rows for plan in plans), 0
    tell(done, total)
    run.writer.begin(run.end, run.left.to_pylist())
    size = run.writer.part_size(run.store.config.materialization_config.online_write_batch_size)
    whole = [ViewRows(plan.view, plan.rows, sorted(plan.gone.to_pylist())) for plan in plans]
    for part in parts(whole, size):
        run.writer.write(part)
        done += sum(view.rows.num_rows for view in part)
        tell(done, total)
    if any(plan.changes for plan in plans):
        run.writer.written()


def _checked(run: _Run, plan: _Plan) -> ViewReport:
    """Check that the store has every customer who must be there."""
    stored, missing = plan.stored, plan.missing
    if plan.changes:
        stored = absent(run.stored(plan.members), plan.gone)
        missing = missing if stored.equals(plan.stored) else absent(plan.expected, stored)
    check_customers(plan.view.name, missing, len(plan.expected))
    return ViewReport(plan.view.name, plan.start, run.end, len(stored), len(plan.gone))


def _record(run: _Run, plans: Sequence[_Plan]) -> None:
    """Record in Feast's registry up to where the views are filled."""
    for plan in plans:
        run.store.registry.apply_materialization(plan.view, run.store.project, plan.start, run.end)


def _manifest() -> tuple[Manifest, bytes]:
    """The lake's manifest, and its content."""
    try:
        folder, _ = open_lake()  # which names what is wrong with it
        content = (folder / "manifest.json").read_bytes()
        return Manifest.model_validate_json(content), content
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
