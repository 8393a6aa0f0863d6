"""What can go wrong in training, as a tree.

::

    TrainingError
    +-- SettingsError    a setting is missing, unknown or out of range
    +-- HistoryError     the lake is missing, unreadable or holds nothing to train on
    +-- CohortError      an observation date cannot be used, or a cohort has only one class
    |   +-- ArmError     an arm cannot be fitted on these rows
    +-- LeakError        a resampler has seen, or an evaluation has used, a row that it must not
    +-- RunError         a run's folder lacks what is asked of it, or belongs to other data
"""

from __future__ import annotations


class TrainingError(Exception):
    """Root of the tree: the message says what was wrong, where, and what to do."""


class SettingsError(TrainingError):
    """A setting is missing, unknown or out of range."""


class HistoryError(TrainingError):
    """The lake is missing, unreadable or holds nothing to train on."""


class CohortError(TrainingError):
    """An observation date cannot be used, or a cohort has only one class."""


class ArmError(CohortError):
    """An arm cannot be fitted on these rows."""


class LeakError(TrainingError):
    """A resampler has seen, or an evaluation has used, a row that it must not."""


class RunError(TrainingError):
    """A run's folder lacks what is asked of it, or belongs to other data."""
