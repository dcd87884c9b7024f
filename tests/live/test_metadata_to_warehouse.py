"""What Airflow and the models did, in the warehouse, each row once."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

DAG = "metadata_to_warehouse"
MODEL = "live_warehouse_model"


def copies(platform: LivePlatform) -> dict[str, list[tuple[object, ...]]]:
    """The warehouse without what the copying itself adds to it."""
    tables = {
        "dag_runs": "SELECT * FROM warehouse.dag_runs WHERE dag_id LIKE 'live_%%' ORDER BY 1, 2",
        "task_instances": "SELECT * FROM warehouse.task_instances WHERE dag_id LIKE 'live_%%' ORDER BY 1, 2, 3, 4, 5",
        "model_trainings": "SELECT * FROM warehouse.model_trainings ORDER BY 1, 2",
        "model_decisions": "SELECT * FROM warehouse.model_decisions ORDER BY 1",
    }
    return {name: list(platform.features.query(sql, ())) for name, sql in tables.items()}


def test_repeated_runs_keep_one_row_per_run_task_and_model(platform: LivePlatform) -> None:
    features = platform.features
    metrics = json.dumps({"rows": 100, "accuracy": 0.85, "roc_auc": 0.8, "brier": 0.1, "top_decile_lift": 3.4})
    sql = (
        "REPLACE INTO mlops_meta.model_ct_log (model_name, model_version, finished_time, metrics, training_cutoff_date)"
        " VALUES (%s, '1.0.0', NOW(), %s, '20231231')"
    )
    features.run(sql, (MODEL, metrics))
    run = platform.json("trigger", "live_manual", "--wait")["data"]

    copied = platform.json("trigger", DAG, "--unpause", "--wait")["data"]  # by hand: the hour before it
    assert copied["state"] == "success"
    before = copies(platform)
    (row,) = [row for row in before["dag_runs"] if row[1] == run["run_id"]]
    assert row[:4] == ("live_manual", run["run_id"], "manual", "success")
    seconds, ended = row[8], row[7]
    assert isinstance(seconds, float) and isinstance(ended, datetime)
    now = datetime.now(ZoneInfo("Asia/Seoul")).replace(tzinfo=None)
    assert now - timedelta(minutes=5) < ended < now
    (task,) = [row for row in before["task_instances"] if row[1] == run["run_id"]]
    assert task[2:6] == ("work", -1, 1, "success")
    (model,) = [row for row in before["model_trainings"] if row[0] == MODEL]
    assert model[4:10] == ("20231231", 100, 0.85, 0.8, 0.1, 3.4)

    assert platform.json("trigger", DAG, "--wait")["data"]["state"] == "success"
    after = copies(platform)
    assert after == before


def task_states(platform: LivePlatform, run_id: str) -> list[tuple[object, ...]]:
    sql = "SELECT task_id, state FROM warehouse.task_instances WHERE run_id = %s"
    return list(platform.features.query(sql, (run_id,)))


def test_cleared_task_is_not_recorded_until_it_has_run_again(platform: LivePlatform) -> None:
    """It has no state, and Airflow keeps the end date of its last try."""
    run_id = platform.json("trigger", "live_manual", "--wait")["data"]["run_id"]
    http, dag = platform.http, "/api/v2/dags/live_manual"
    http.send("PATCH", dag, {"is_paused": True})  # so that the cleared task stays as it is
    try:
        http.send("POST", f"{dag}/dagRuns/{run_id}/clear", {"dry_run": False})
        (task,) = http.send("GET", f"{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        assert task["state"] is None and task["end_date"]
        assert platform.json("trigger", DAG, "--unpause", "--wait")["data"]["state"] == "success"
        assert task_states(platform, run_id) == []
    finally:
        http.send("PATCH", dag, {"is_paused": False})
    platform.rest("live_manual")
    assert platform.json("trigger", DAG, "--wait")["data"]["state"] == "success"
    assert task_states(platform, run_id) == [("work", "success")]


PAGES = """
import json, sys
from support import airflow_api
asked = {"order_by": "end_date", "end_date_lte": sys.argv[1]}
def runs(page):
    airflow_api.PAGE_SIZE = page
    return [run["dag_run_id"] for run in airflow_api.list_objects("dags/~/dagRuns", "dag_runs", asked)]
print(json.dumps([runs(2), runs(100)]))
"""


def test_all_pages_of_a_list_are_read(platform: LivePlatform) -> None:
    """Airflow returns at most 100 objects at once; here the pages have two. Only runs that have ended are read."""
    platform.json("backfill", "live_daily", "--from", "2024-03-01", "--to", "2024-03-03", "--unpause", "--yes")
    platform.rest("live_daily")
    home = Home(platform.home)
    account = f"airflow_api:{home.secret('reader-password').read_text().strip()}"
    url = platform.json("status")["data"]["api_url"].replace("://", f"://{account}@")
    env = {"AIRFLOW_HOME": str(home.airflow), "PYTHONPATH": str(home.dags), "AIRFLOW_CONN_AIRFLOW_API": url}
    words = [str(home.python), "-c", PAGES, datetime.now(UTC).isoformat()]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    by_two, at_once = json.loads(done.stdout.splitlines()[-1])
    assert len(by_two) >= 3 and by_two == at_once


def test_account_of_the_pipeline_can_only_read(platform: LivePlatform) -> None:
    home = Home(platform.home)
    url = platform.json("status")["data"]["api_url"]
    login = {"username": "airflow_api", "password": home.secret("reader-password").read_text().strip()}
    token = httpx.post(f"{url}/auth/token", json=login, trust_env=False).json()["access_token"]
    client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert client.get("/api/v2/dags/live_manual/dagRuns").status_code == 200
    body = {"logical_date": None}
    assert client.post("/api/v2/dags/live_manual/dagRuns", json=body).status_code == 403
    assert client.get("/api/v2/connections").status_code == 403
