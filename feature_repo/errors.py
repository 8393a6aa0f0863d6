"""The errors of the feature repository.

FeatureRepoError
 |- SettingError      an environment variable or profile that cannot be used
 |- ManifestError     the lake's manifest.json cannot be read
 |- RegistryError     the registry file cannot be read, or a change to it cannot be kept
 |- OfflineStoreError the lake's tables do not hold what was declared
 `- OnlineStoreError  the online store cannot hold, write or read what was asked
     |- BaseMismatch  the store, the registry and the lake do not hold the same base
     `- DamagedRow    a row is not what was written, or is not found where it was written

They are click exceptions, so that `feast` prints the sentence instead of a traceback.
"""

from __future__ import annotations

import click


class FeatureRepoError(click.ClickException):
    """Base of every error that the feature repository raises on purpose."""


class SettingError(FeatureRepoError):
    """An environment variable or profile that cannot be used."""


class ManifestError(FeatureRepoError):
    """The lake's manifest.json cannot be read."""


class RegistryError(FeatureRepoError):
    """The registry file cannot be read, or a change to it cannot be kept."""


class OfflineStoreError(FeatureRepoError):
    """The lake's tables do not hold what was declared."""


class OnlineStoreError(FeatureRepoError):
    """The online store cannot hold, write or read what was asked."""


class BaseMismatch(OnlineStoreError):
    """The online store, the registry and the lake do not hold the same base."""


class DamagedRow(OnlineStoreError):
    """A row of the online store is not what was written, or is not found where it was written."""
