"""Who came back is in a new stay: nothing of the former one is a feature of it.

A stay begins with a row of demographics. A row of any view from before it, such as the last bill of the
former stay, may still be within the view's time to live.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.offline_store.point_in_time import Feature, ViewRead

BEGINS = "demographics"
"""The view whose newest row says since when a customer's stay lasts."""


def with_dates(views: Sequence[ViewRead], begins: ViewRead) -> list[ViewRead]:
    """The views, each with the date of the row that was read; and `begins`, if it is not among them."""
    reads = [*views, *([] if BEGINS in {view.name for view in views} else [begins._replace(features=())])]
    return [view._replace(features=(*view.features, _date_of(view))) for view in reads]


def without_former_stays(answer: pa.Table, views: Sequence[ViewRead]) -> pa.Table:
    """What was read of views of `with_dates`, without what is of a former stay, and without the dates.

    Parameters
    ----------
    answer : pyarrow.Table, (n, ...)
    views : sequence of ViewRead
        As they were read.
    """
    dates = {view.name: answer.column(view.features[-1].name) for view in views}
    answer = answer.drop_columns([view.features[-1].name for view in views])
    for view in views:
        former = pc.less(dates[view.name], dates[BEGINS]).fill_null(False)
        if pc.any(former).as_py():
            kept = pa.array(np.arange(answer.num_rows), mask=former.to_numpy())
            for feature in view.features[:-1]:
                at = answer.column_names.index(feature.name)
                answer = answer.set_column(at, feature.name, answer.column(at).take(kept))
    return answer


def _date_of(view: ViewRead) -> Feature:
    return Feature(view.table.event, f"{view.name}:date", None)
