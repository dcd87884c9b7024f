"""Preprocess, train, evaluate on the real scheduler and feature store."""

import json

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live


def test_training_uses_outcomes_known_on_that_day(platform: LivePlatform) -> None:
    words = ("backfill", "ml_pipeline", "--dates", "2023-06-10,2024-01-31", "--unpause", "--yes")
    data = platform.json(*words)["data"]
    assert data["counts"]["success"] == 2
    folder = platform.home / "data" / "ml_pipeline" / "20240131"
    assert sorted(file.name for file in folder.iterdir()) == ["dataset.csv", "metrics.json", "model.joblib"]
    metrics = json.loads((folder / "metrics.json").read_text())
    sql = "SELECT COUNT(*) FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN %s AND %s"
    ((rows,),) = platform.features.query(sql, ("20230804", "20231102"))
    assert metrics["rows"] == pytest.approx(rows / 4, abs=1)
    assert 0.5 < metrics["accuracy"] <= 1

    assert not (platform.home / "data" / "ml_pipeline" / "20230610").exists()
