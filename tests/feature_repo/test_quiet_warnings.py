from __future__ import annotations

import logging
import warnings

import pytest
from house import House, everyone

from feature_repo.quiet_warnings import leave_out_noise


def test_feasts_advice_about_the_flag_is_left_out(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.write(everyone(["A"]))
    config = house.store().config
    assert config.registry.serve_features_while_materializing
    assert caplog.records == []


def test_other_warnings_still_come_through(caplog: pytest.LogCaptureFixture) -> None:
    leave_out_noise()
    logging.getLogger("feast.repo_config").warning("something else")
    assert [record.message for record in caplog.records] == ["something else"]
    with pytest.warns(DeprecationWarning, match="something else"):
        warnings.warn("something else", DeprecationWarning, stacklevel=1)
