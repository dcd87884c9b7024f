"""The days that the first task skips; tests/live runs the DAG."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pendulum
import pytest
from ml_pipeline import steps
from support import feature_store
from support.commands import mlopsctl_command
from support.days import START, data_day
from support.files import shared_folder

from tests.dags.dag_source import DAGS, load_definitions

FILE = DAGS / "ml_pipeline" / "ml_pipeline.py"


class AirflowSkipException(Exception):
    """Airflow skips the task."""


PREPROCESS: Any = load_definitions(
    FILE,
    ["preprocess", "suggest_data", "LABEL_DAYS", "WEEKS", "SQL"],
    {
        "task": lambda **_: lambda function: function,
        "near_files": dict,
        "shared_folder": shared_folder,
        "pendulum": pendulum,
        "Any": Any,
        "Path": Path,
        "START": START,
        "data_day": data_day,
        "mlopsctl_command": mlopsctl_command,
        "AirflowSkipException": AirflowSkipException,
        "__file__": str(FILE),
    },
)["preprocess"]


def preprocess(monkeypatch: pytest.MonkeyPatch, home: Path, day: str, latest: str | None, labels: list[int]) -> str:
    """Run the task for a day. `latest` is the last day with data, `labels` are those of the applications."""
    applications = pd.DataFrame({"applicant_date": day, "applicant_income": 1, "label": labels})
    monkeypatch.setenv("MLOPSCTL_HOME", str(home))
    monkeypatch.setattr(feature_store, "fetch_value", lambda _: latest)
    monkeypatch.setattr(feature_store, "fetch_frame", lambda *_: applications)
    return str(PREPROCESS(SimpleNamespace(), {"base_dt": day}))


def test_dataset_of_a_day_with_known_outcomes_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dataset = preprocess(monkeypatch, tmp_path, "20240131", "20240131", [0, 1, 1, 0])
    assert dataset == str(tmp_path / "data" / "ml_pipeline" / "20240131" / "dataset.csv")
    assert list(pd.read_csv(dataset)["split"]) == ["train", "train", "train", "test"]
    assert steps.read_split(Path(dataset), "train")[1].sum() == 2


@pytest.mark.parametrize(
    ("day", "latest", "labels", "reason"),
    [
        (
            "20240928",
            "20240630",
            [0, 1, 1, 0],
            "The data end on 2024-06-30, so the outcomes as of 2024-09-28 are not known.",
        ),
        ("20240928", None, [], "There are no data, so the outcomes as of 2024-09-28 are not known."),
        ("20230829", "20240630", [], "so the first day with known outcomes is 2023-08-30."),
        ("20230829", "20230828", [], "so the first day with known outcomes is 2023-08-30."),
        ("20240131", "20240630", [], "There are no applications in 2023-08-04 … 2023-11-02."),
        ("20240131", "20240630", [1, 0], "At least 3 are required, not 2."),
        ("20240131", "20240630", [0, 0, 0, 1], "None of the 3 to train on defaulted: a model needs both outcomes."),
    ],
)
def test_day_without_two_outcomes_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, day: str, latest: str | None, labels: list[int], reason: str
) -> None:
    with pytest.raises(AirflowSkipException) as skipped:
        preprocess(monkeypatch, tmp_path, day, latest, labels)
    assert reason in str(skipped.value)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("day", "options"),
    [("20240928", "--from 2024-04-01 --to 2024-09-28"), ("20230901", "--from 2023-06-01 --to 2023-09-01")],
)
def test_suggested_command_generates_the_data_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, day: str, options: str
) -> None:
    with pytest.raises(AirflowSkipException) as skipped:
        preprocess(monkeypatch, tmp_path, day, "20230615", [])
    assert f"`mlopsctl --home {tmp_path} seed {options}`" in str(skipped.value)
