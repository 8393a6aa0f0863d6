"""Nearest neighbours among a bounded number of rows, so that samplers do not run for hours.

Finding the neighbours of every row among all rows takes time that grows with the square of the rows. Above a
bound they are searched in a seeded sample of that size, and a callback is called. Up to the bound the result
is scikit-learn's, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors


class BoundedNeighbors(NearestNeighbors):  # type: ignore[misc]  # scikit-learn has no types
    """scikit-learn's ``NearestNeighbors`` that searches in at most ``rows`` rows.

    Neighbours are searched in a sample of the fitted rows, for any row, and returned as positions among all
    fitted rows. Samplers ask for one neighbour more than they need and skip the first, because a row is its
    own nearest neighbour. A row that is not in the sample therefore gets its first neighbour twice: once in
    the place that samplers skip, and once as its first neighbour.

    Parameters
    ----------
    n_neighbors : int
        The row itself included.
    rows : int
        The most rows that are searched.
    seed : int
        Of the sample.
    on_bounded : callable, optional
        Called with the number of fitted rows whenever a sample is searched. Samplers clone their search, and
        every clone calls this same function.
    n_jobs : int, optional
        scikit-learn's.
    """

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        rows: int,
        seed: int,
        on_bounded: Callable[[int], None] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(n_neighbors=n_neighbors, n_jobs=n_jobs)
        self.rows = rows
        self.seed = seed
        self.on_bounded = on_bounded

    def fit(self, X: Any, y: Any = None) -> BoundedNeighbors:  # noqa: N803 -- scikit-learn's name
        """Remember all rows, or a sample of them.

        Parameters
        ----------
        X : ndarray, (n, m)
        y : ignored
        """
        self.chosen_ = None
        if len(X) <= self.rows:
            super().fit(X, y)
            return self
        random = np.random.default_rng(self.seed)
        self.chosen_ = np.sort(random.choice(len(X), self.rows, replace=False, shuffle=False))
        self.sample_ = X[self.chosen_]
        super().fit(self.sample_, y)
        if self.on_bounded is not None:
            self.on_bounded(len(X))
        return self

    def kneighbors(
        self,
        X: Any = None,  # noqa: N803
        n_neighbors: int | None = None,
        return_distance: bool = True,
    ) -> Any:
        """Neighbours of rows.

        Parameters
        ----------
        X : ndarray, (k, m)
            None, the fitted rows without themselves, is for a fit without a sample only.
        n_neighbors : int, optional
        return_distance : bool

        Returns
        -------
        ndarray of float and ndarray of int, (k, n_neighbors), or the second alone
            Distances, and positions among the fitted rows, nearest first; see the class on the first.

        Raises
        ------
        ValueError
            When X is None and a sample was taken.
        """
        if self.chosen_ is None:
            return super().kneighbors(X, n_neighbors, return_distance)
        if X is None:
            raise ValueError("a sample stands for the fitted rows: name the rows whose neighbours are wanted")
        distance, found = super().kneighbors(X, n_neighbors)
        absent = (self.sample_[found[:, 0]] != X).any(axis=1)
        for nearest in (distance, found):
            nearest[absent, 1:] = nearest[absent, :-1]
        return (distance, self.chosen_[found]) if return_distance else self.chosen_[found]
