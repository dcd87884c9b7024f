"""Days on which a pipeline has little or nothing to work with: it succeeds, or skips its tasks and says why."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from mlopsctl.adapters.mariadb.client import MariaDB
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

PREDICTION = "ineligible_loan_model"
FIRST, LAST = "20320501", "20330331"  # no other test writes these days
TABLES = {"cust_info": "base_dt", "family_info": "base_dt", "loan_applicant_info": "applicant_date"}
DEFAULTS = (
    "FROM mlops.loan_default_account d JOIN mlops.loan_applicant_info a USING (loan_account_id) "
    "WHERE a.applicant_date BETWEEN %s AND %s"
)


@pytest.fixture(scope="module", autouse=True)
def data(platform: LivePlatform) -> Iterator[None]:
    """Eleven months of their own."""
    seed = ("--from", FIRST, "--to", LAST)
    platform.json("seed", *seed, "--scale", "1", "--drift", "none", "--dirt", "0", "--yes")
    yield
    for dag in ("ml_pipeline", PREDICTION):
        platform.rest(dag)
    platform.json("seed", "reset", *seed, "--yes")
    for table in ("mlops.ineligible_loan_model_features", "mlops_meta.validation_failures"):
        platform.features.run(f"DELETE FROM {table} WHERE base_dt BETWEEN %s AND %s", (FIRST, LAST))
    platform.features.run("DELETE FROM mlops.ineligible_loan_model_features_target WHERE base_ym = '203212'")


@contextmanager
def no_defaults(features: MariaDB, since: str) -> Iterator[None]:
    """Remove the defaults of the applications since a day, and restore them."""
    features.run(f"CREATE OR REPLACE TABLE mlops_meta.live_defaults AS SELECT d.* {DEFAULTS}", (since, LAST))
    features.run(f"DELETE d {DEFAULTS}", (since, LAST))
    try:
        yield
    finally:
        features.run("INSERT INTO mlops.loan_default_account SELECT * FROM mlops_meta.live_defaults")
        features.run("DROP TABLE mlops_meta.live_defaults")


@pytest.fixture
def no_late_defaults(platform: LivePlatform) -> Iterator[None]:
    with no_defaults(platform.features, "20321101"):
        yield


@pytest.fixture
def no_defaults_at_all(platform: LivePlatform) -> Iterator[None]:
    with no_defaults(platform.features, FIRST):
        yield


@dataclass(frozen=True)
class FinishedRun:
    """The states of its tasks, and its folder of logs."""

    states: dict[str, str]
    logs: Path

    def skip_reason(self, task: str) -> str:
        events = (json.loads(line) for path in self.logs.glob(f"task_id={task}/*.log") for line in path.open())
        return str(next(event["reason"] for event in events if "reason" in event))


def run(platform: LivePlatform, dag: str, day: str | None = None) -> FinishedRun:
    """Trigger a DAG for a day, or for today; the run must succeed."""
    conf = ("--conf", json.dumps({"base_dt": day})) if day else ()
    data = platform.json("trigger", dag, *conf, "--unpause", "--wait", timeout=600)["data"]
    assert data["state"] == "success"
    answer = platform.http.get(f"/api/v2/dags/{dag}/dagRuns/{data['run_id']}/taskInstances")
    states = {task["task_id"]: task["state"] for task in answer["task_instances"]}
    return FinishedRun(states, platform.home / f"airflow/logs/dag_id={dag}/run_id={data['run_id']}")


def metrics_file(platform: LivePlatform, day: str) -> Path:
    return platform.home / "data" / "ml_pipeline" / day / "metrics.json"


def test_ml_pipeline_succeeds_or_is_skipped_today(platform: LivePlatform) -> None:
    assert set(run(platform, "ml_pipeline").states.values()) in ({"success"}, {"skipped"})


@pytest.mark.usefixtures("no_late_defaults")
def test_ml_pipeline_writes_null_for_a_metric_that_its_test_rows_do_not_define(platform: LivePlatform) -> None:
    assert set(run(platform, "ml_pipeline", LAST).states.values()) == {"success"}
    values = json.loads(metrics_file(platform, LAST).read_text())
    assert (values["default_rate"], values["roc_auc"]) == (0, None)


@pytest.mark.usefixtures("no_defaults_at_all")
def test_ml_pipeline_is_skipped_if_no_model_can_be_trained(platform: LivePlatform) -> None:
    finished = run(platform, "ml_pipeline", "20330330")
    assert set(finished.states.values()) == {"skipped"}
    assert "a model needs both outcomes" in finished.skip_reason("preprocess")
    assert not metrics_file(platform, "20330330").exists()


def test_ml_pipeline_is_skipped_if_the_data_end_before_the_day(platform: LivePlatform) -> None:
    ((latest,),) = platform.features.query("SELECT MAX(base_dt) FROM mlops.cust_info")
    finished = run(platform, "ml_pipeline", "20991231")
    assert set(finished.states.values()) == {"skipped"}
    assert finished.skip_reason("preprocess").startswith(f"The data end on {date.fromisoformat(latest)}, ")


def test_ml_pipeline_succeeds_or_is_skipped_on_the_first_days_with_known_outcomes(platform: LivePlatform) -> None:
    for days in (90, 91, 92):
        day = date.fromisoformat(FIRST) + timedelta(days=days)
        finished = run(platform, "ml_pipeline", f"{day:%Y%m%d}")
        assert set(finished.states.values()) in ({"success"}, {"skipped"})


@pytest.fixture
def empty_day(platform: LivePlatform) -> Iterator[str]:
    """A day without rows in any table."""
    day = "20330201"
    for table, column in TABLES.items():
        platform.features.run(f"DELETE FROM mlops.{table} WHERE {column} = %s", (day,))
    yield day
    platform.json("seed", "--from", day, "--to", day, "--yes")


def test_prediction_of_an_empty_day_is_skipped(platform: LivePlatform, empty_day: str) -> None:
    prediction = run(platform, PREDICTION, empty_day)
    assert f"No applications of {empty_day} have been loaded" in prediction.skip_reason("validate")
