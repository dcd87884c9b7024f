"""Training, deployment and the weekly report on the real stack: the reference period, and what goes wrong."""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import LivePlatform, Result

pytestmark = pytest.mark.live

MODEL = "ineligible_loan_model"
FIRST_TRAINING = "20240301"  # the first day on which six months of labels are complete
METRICS = {
    "holdout_from", "holdout_to", "rows", "default_rate", "accuracy", "roc_auc", "brier", "lift", "top_decile_lift",
    "calibration", "champion",
}  # fmt: skip
NONSENSE, TAMPERED, AFTER_DRIFT = "8.0.0", "8.1.0", "8.2.0"
# In the managed Python: a version whose file is in order, and which takes every applicant for a defaulter.
MAKE_NONSENSE = """
import pathlib, sys, joblib, sklearn.dummy
kept = joblib.load(sys.argv[1])
columns = list(kept["card"]["features"])
dummy = sklearn.dummy.DummyClassifier(strategy="prior").fit([[0]] * 100, [0] + [1] * 99)
joblib.dump({"pipeline": dummy, "card": kept["card"]}, sys.argv[2])
"""


@pytest.fixture(scope="module", autouse=True)
def data(platform: LivePlatform) -> Iterator[None]:
    """The reference period, the months in which its defaults are registered, and no model yet; afterwards, those that
    are sound."""
    platform.json("seed", "--from", "2023-06-01", "--to", "2024-02-29", "--dirt", "0", "--yes")
    for table in ("model_versions", "model_ct_log", "model_decisions", "model_api_log"):
        platform.features.run(f"DELETE FROM mlops_meta.{table} WHERE model_name = '{MODEL}'")
    shutil.rmtree(store(platform), ignore_errors=True)
    yield
    for table in ("model_versions", "model_ct_log", "model_decisions"):
        platform.features.run(f"DELETE FROM mlops_meta.{table} WHERE model_version IN ('{NONSENSE}', '{TAMPERED}')")


def store(platform: LivePlatform) -> Path:
    return platform.home / "models" / MODEL


def run(platform: LivePlatform, dag: str, **conf: str) -> Result:
    return platform.mlopsctl("trigger", dag, "--conf", json.dumps(conf), "--unpause", "--wait", "--json", timeout=600)


def done(result: Result) -> None:
    assert (result.code, result.json["data"]["state"]) == (0, "success"), result.out + result.err


def rows(platform: LivePlatform, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in platform.features.query(sql)]


def decisions(platform: LivePlatform) -> list[tuple[Any, ...]]:
    sql = "SELECT model_version, decision, reason FROM mlops_meta.model_decisions WHERE model_name = %s ORDER BY id"
    return [tuple(row) for row in platform.features.query(sql, (MODEL,))]


def log_of(platform: LivePlatform, dag: str, result: Result, task: str) -> str:
    run_id = result.json["data"]["run_id"]
    folder = platform.home / "airflow" / "logs" / f"dag_id={dag}" / f"run_id={run_id}" / f"task_id={task}"
    return "".join(map(Path.read_text, sorted(folder.rglob("*.log"))))


def test_model_of_the_reference_period_is_trained_and_deployed(platform: LivePlatform) -> None:
    done(run(platform, f"{MODEL}_ct", base_dt=FIRST_TRAINING))
    applicants = "SELECT COUNT(*) FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN '20230601' AND '20231130'"
    ((count,),) = rows(platform, applicants)
    assert rows(
        platform,
        "SELECT model_version, artifact, data_from, data_to, rows_trained FROM mlops_meta.model_versions "
        f"WHERE model_name = '{MODEL}'",
    ) == [("1.0.0", f"{MODEL}/1.0.0/model.joblib", "20230601", "20231130", count)]
    assert decisions(platform) == [("1.0.0", "champion", "There is no champion.")]
    ((text, cutoff, took),) = rows(
        platform,
        "SELECT metrics, training_cutoff_date, TIMESTAMPDIFF(SECOND, started_time, finished_time) "
        f"FROM mlops_meta.model_ct_log WHERE model_name = '{MODEL}'",
    )
    metrics = json.loads(text)
    assert set(metrics) == METRICS
    assert (metrics["holdout_from"], metrics["holdout_to"], metrics["rows"]) == ("20230601", "20231130", count)
    assert (metrics["accuracy"] >= 0.83, metrics["top_decile_lift"] >= 3.0, metrics["champion"]) == (True, True, None)
    assert (cutoff, 0 <= took < 600) == ("20231130", True)


def test_training_set_labels_every_default(platform: LivePlatform) -> None:
    defaults = (
        "SELECT COUNT(*) FROM mlops.loan_default_account d JOIN mlops.loan_applicant_info a USING (loan_account_id) "
        "WHERE a.applicant_date BETWEEN '20230601' AND '20231130'"
    )
    kept = "SELECT SUM(loan_status = 'Loan Default'), COUNT(DISTINCT loan_status) FROM "
    kept += "mlops.ineligible_loan_model_features_target WHERE base_ym = '202311'"
    assert [int(value) for value in rows(platform, kept)[0]] == [rows(platform, defaults)[0][0], 2]


def test_store_contains_the_artifact_and_its_page_only(
    platform: LivePlatform,
) -> None:
    folder = store(platform) / "1.0.0"
    assert sorted(file.name for file in folder.iterdir()) == ["model.joblib", "page.html"]
    ((checksum,),) = rows(platform, "SELECT checksum FROM mlops_meta.model_versions")
    assert hashlib.sha256((folder / "model.joblib").read_bytes()).hexdigest() == checksum
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 and "20230601 … 20231130" in page
    assert list((store(platform) / ".staged").iterdir()) == []


def test_training_again_on_the_same_data_is_a_patch_release(platform: LivePlatform) -> None:
    done(run(platform, f"{MODEL}_ct", base_dt=FIRST_TRAINING))
    assert rows(platform, "SELECT model_version FROM mlops_meta.model_versions ORDER BY 1") == [("1.0.0",), ("1.0.1",)]
    (_, (version, decision, reason)) = decisions(platform)
    assert (version, decision) == ("1.0.1", "rejected")
    assert reason.startswith("Its Brier score is not lower: Brier score 0.1")


def test_training_without_six_complete_months_is_skipped(platform: LivePlatform) -> None:
    result = run(platform, f"{MODEL}_ct", base_dt="20240228")
    done(result)
    assert "On 20240228 only 5 months have complete labels" in log_of(platform, f"{MODEL}_ct", result, "extract")
    assert len(rows(platform, "SELECT 1 FROM mlops_meta.model_versions")) == 2


def enrol(platform: LivePlatform, version: str) -> Path:
    """A version that is better by its metrics, with a file that is a copy of the champion's."""
    source, target = (store(platform) / name / "model.joblib" for name in ("1.0.0", version))
    target.parent.mkdir()
    shutil.copy(source, target)
    platform.features.run(
        "INSERT INTO mlops_meta.model_ct_log (model_name, model_version, metrics, training_cutoff_date) "
        "SELECT model_name, %s, JSON_SET(metrics, '$.brier', 0.01, '$.champion', "
        "JSON_OBJECT('version', '1.0.0', 'brier', 0.12, 'top_decile_lift', 3.0)), training_cutoff_date "
        "FROM mlops_meta.model_ct_log WHERE model_version = '1.0.0'", (version,),
    )  # fmt: skip
    return target


def record(platform: LivePlatform, version: str, file: Path) -> None:
    platform.features.run(
        "INSERT INTO mlops_meta.model_versions (model_name, model_version, artifact, checksum, features, data_from, "
        "data_to, rows_trained) SELECT model_name, %s, %s, %s, features, data_from, data_to, rows_trained "
        "FROM mlops_meta.model_versions WHERE model_version = '1.0.0'",
        (version, f"{MODEL}/{version}/model.joblib", hashlib.sha256(file.read_bytes()).hexdigest()),
    )


def test_failed_canary_rolls_back_and_fails_the_run(platform: LivePlatform) -> None:
    file = enrol(platform, NONSENSE)
    python = platform.home / "venv" / "bin" / "python"
    subprocess.run([python, "-c", MAKE_NONSENSE, store(platform) / "1.0.0" / "model.joblib", file], check=True)
    record(platform, NONSENSE, file)
    result = run(platform, f"{MODEL}_cd", version=NONSENSE)
    assert result.code == 1
    promoted, withdrawn, restored = decisions(platform)[-3:]
    assert (promoted[:2], withdrawn[:2], restored[:2]) == (
        (NONSENSE, "champion"), (NONSENSE, "rejected"), ("1.0.0", "champion"),
    )  # fmt: skip
    why = (
        "probabilities is 0.990, but the default rate of the hold-out is 0.230: they differ by more than a factor of 2."
    )
    assert promoted[2].startswith("It is better: Brier score 0.0100 against 0.1200")
    assert withdrawn[2].endswith(why)
    assert restored[2].startswith(f"Rolled back from {NONSENSE}. ")
    said = log_of(platform, f"{MODEL}_cd", result, "roll_back")
    assert f"{NONSENSE} failed and was rolled back: 1.0.0 is the champion again." in said


def test_changed_artifact_is_not_promoted(platform: LivePlatform) -> None:
    file = enrol(platform, TAMPERED)
    record(platform, TAMPERED, file)
    file.write_bytes(file.read_bytes() + b".")
    before = decisions(platform)
    result = run(platform, f"{MODEL}_cd", version=TAMPERED)
    assert result.code == 1
    for task, words in (("decide", TAMPERED), ("roll_back", "Nothing was promoted. ")):
        log = log_of(platform, f"{MODEL}_cd", result, task)
        assert words in log and "is not the file that was registered" in log
    assert decisions(platform) == before


def test_weekly_report_compares_predictions_with_outcomes(platform: LivePlatform) -> None:
    days = ("--from", "2023-11-07", "--to", "2023-11-08")
    assert platform.mlopsctl("backfill", MODEL, *days, "--unpause", "--yes", timeout=600).code == 0
    done(run(platform, "model_performance_report", base_dt=FIRST_TRAINING))
    ((version, payload),) = rows(
        platform, "SELECT model_version, payload FROM mlops_meta.model_api_log WHERE log_type = 'report'"
    )
    numbers = json.loads(payload)
    ((count, defaulted),) = rows(
        platform,
        "SELECT COUNT(*), SUM(d.loan_account_id IS NOT NULL) FROM mlops.loan_applicant_info a "
        "LEFT JOIN mlops.loan_default_account d USING (loan_account_id) "
        "WHERE a.applicant_date BETWEEN '20231107' AND '20231108'",
    )
    (week,) = [week for week in numbers["weeks"] if week["week"] == "2023-11-06"]
    assert (version, numbers["as_of"]) == ("1.0.0", FIRST_TRAINING)
    assert (week["rows"], week["observed"]) == (count, round(float(defaulted) / count, 4))
    assert {one["feature"] for one in numbers["drift"]} >= {"credit_history", "applicant_income"}
    assert (store(platform) / "reports" / f"{FIRST_TRAINING}.html").read_text(encoding="utf-8").count("<svg") == 2


@pytest.fixture
def another_economy(platform: LivePlatform) -> Iterator[None]:
    """Nine months in which loans default more often: six to train on, three until their labels are complete."""
    days = ("--from", "2024-03-01", "--to", "2024-11-30")
    platform.json("seed", *days, "--drift", "2024-03-01", "--yes")
    yield
    platform.json("seed", "reset", *days, "--yes")
    for table in ("model_versions", "model_ct_log", "model_decisions"):
        platform.features.run(f"DELETE FROM mlops_meta.{table} WHERE model_version = %s", (AFTER_DRIFT,))


@pytest.mark.usefixtures("another_economy")
def test_retraining_after_drift_deploys_a_better_model(platform: LivePlatform) -> None:
    done(run(platform, f"{MODEL}_ct", base_dt="20241201"))
    (*_, (version, decision, reason)) = decisions(platform)
    assert (version, decision) == (AFTER_DRIFT, "champion")
    new, old = map(float, re.findall(r"Brier score ([0-9.]+) against ([0-9.]+)", reason)[0])
    assert reason.startswith("It is better: ") and new < old
