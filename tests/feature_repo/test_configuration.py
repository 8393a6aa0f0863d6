from __future__ import annotations

from pathlib import Path

import pytest
from house import House, everyone

from feature_repo.configuration import FORMER_SQLITE_STORE, SQLITE_STORE, configuration
from feature_repo.errors import SettingError
from feature_repo.paths import REPO
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStoreConfig


def of_version_0_1(folder: Path) -> Path:
    """A folder whose `feature_store.yaml` names the store's class as version 0.1 did."""
    text = (REPO / "feature_store.yaml").read_text(encoding="utf-8")
    assert SQLITE_STORE in text
    (folder / "feature_store.yaml").write_text(text.replace(SQLITE_STORE, FORMER_SQLITE_STORE))
    return folder


def test_the_former_class_path_is_read_as_todays(tmp_path: Path) -> None:
    assert configuration(of_version_0_1(tmp_path)) == configuration(REPO)


def test_feast_works_with_the_former_class_path_and_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch)
    house.write(everyone(["a"]))
    with pytest.warns(FutureWarning, match=f"is now {SQLITE_STORE}"):
        online = house.apply(repo=of_version_0_1(tmp_path)).config.online_store
    assert isinstance(online, WideRowSqliteOnlineStoreConfig)


@pytest.mark.parametrize("content", ["", "project: stayline\n", "online_store: {}\n"])
def test_a_file_that_names_no_store_is_one_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "feature_store.yaml").write_text(content)
    with pytest.raises(SettingError, match="does not say where the online store is"):
        configuration(tmp_path)


@pytest.mark.parametrize("content", ["project: [\n", "[" * 20_000])
def test_a_file_that_is_no_yaml_is_one_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "feature_store.yaml").write_text(content)
    with pytest.raises(SettingError, match=r"feature_store.yaml cannot be read as YAML \("):
        configuration(tmp_path)
