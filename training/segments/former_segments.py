"""Segments of a refitted model, matched to those of the champion: ids and names that people know stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from serving.model.segments import Segments

SAME = 0.5
"""A segment goes on if more than this share of its rows were in one former segment."""


@dataclass(frozen=True)
class Matched:
    """New segments beside the former ones.

    Attributes
    ----------
    ids : ndarray of int, (k,)
        The id that each cluster gets: that of the former segment that goes on in it, or a free one.
    names : mapping of int to str
        The name that each id keeps; an id without one is a new segment.
    rows : DataFrame, columns former, now, (n,)
        Id of each training row before and after.
    former_names : tuple of str
        Of the former segments, by their ids.
    """

    ids: np.ndarray
    names: dict[int, str]
    rows: pd.DataFrame
    former_names: tuple[str, ...]

    def moved(self, names: tuple[str, ...]) -> pd.DataFrame:
        """The rows that are in another segment than before, with the names of both.

        Parameters
        ----------
        names : tuple of str, (k,)
            Of the new segments. One that is new has no former one, so all of its rows moved.

        Returns
        -------
        DataFrame, columns former, now
            The index is the position of the row.
        """
        came_from = {id_: self.former_names.index(name) for id_, name in self.names.items()}
        moved = self.rows[self.rows["now"].map(came_from) != self.rows["former"]]
        return pd.DataFrame(
            {"former": np.array(self.former_names)[moved["former"]], "now": np.array(names)[moved["now"]]},
            index=moved.index,
        )

    def to_json(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What the run says of it; ``names`` as in :meth:`moved`."""
        moved = self.moved(names)
        moves = moved.value_counts().rename("rows").reset_index()
        return {
            "new": [name for id_, name in enumerate(names) if id_ not in self.names],
            "gone": [name for name in self.former_names if name not in self.names.values()],
            "rows": len(self.rows),
            "moved": len(moved),
            "moves": moves.rename(columns={"former": "from", "now": "to"}).to_dict("records"),
        }


def match(clusters: np.ndarray, former: Segments, frame: pd.DataFrame) -> Matched | None:
    """Give each new cluster the id and the name of the former segment that goes on in it.

    The former centroids assign every row. Clusters and former segments are paired so that most rows stay
    (Kuhn 1955, the Hungarian method); a pair counts if most of the cluster's rows were in that segment.

    Parameters
    ----------
    clusters : ndarray of int, (n,)
        The new cluster of each row.
    former : Segments
    frame : DataFrame, (n, m)
        The rows' features.

    Returns
    -------
    Matched or None
        None where the former segments go by a feature that the rows do not have.
    """
    if not {feature.name for feature in former.encoder.features} <= set(frame.columns):
        return None
    before = former.assign(former.encoder.encode_frame(frame))
    count = int(clusters.max()) + 1
    shared = np.zeros((count, len(former.names)), dtype=int)
    np.add.at(shared, (clusters, before), 1)
    pairs = [
        (new, old)
        for new, old in zip(*linear_sum_assignment(shared, maximize=True), strict=True)
        if shared[new, old] > SAME * shared[new].sum()
    ]
    ids = _ids(dict(pairs), count)
    names = {int(ids[new]): former.names[old] for new, old in pairs}
    return Matched(ids, names, pd.DataFrame({"former": before, "now": ids[clusters]}), former.names)


def _ids(pairs: dict[int, int], count: int) -> np.ndarray:
    """An id for each cluster: the former one where it is still an id, or else the least that is free."""
    kept = {new: old for new, old in pairs.items() if old < count}
    free = iter(sorted(set(range(count)) - set(kept.values())))
    return np.array([kept[new] if new in kept else next(free) for new in range(count)])
