"""The daily prediction on the real scheduler, and its validation against every fault that seed knows how to make."""

import shlex
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ineligible_loan_model import validation

from mlopsctl.adapters.mariadb.client import Session
from tests.live.conftest import LivePlatform, Result

pytestmark = pytest.mark.live

DAG = "ineligible_loan_model"
WORLD = ("--scale", "1", "--drift", "none", "--yes")
CLEAN = ("20230601", "20251231")  # the default range
DIRTY = ("20310101", "20310630")  # no other test writes it
RULE_OF = {
    "null": "required",
    "unknown category": "categories",
    "negative income": "ranges",
    "no customer": "customers",
    "missing day": "missing_day",
}
KEPT = "SELECT base_dt, rule, table_name, row_key, column_name, found FROM mlops_meta.validation_failures"
BETWEEN = "WHERE base_dt BETWEEN %s AND %s"


def seed(platform: LivePlatform, days: tuple[str, str], dirt: str) -> None:
    platform.json("seed", "--from", days[0], "--to", days[1], "--dirt", dirt, *WORLD)


@pytest.fixture(scope="module")
def clean(platform: LivePlatform) -> Iterator[Session]:
    seed(platform, CLEAN, "0")
    with platform.features.session() as session:
        yield session


@pytest.fixture(scope="module")
def dirty(platform: LivePlatform) -> Iterator[Session]:
    """Half a year in which one application in twelve is spoilt, and one day in twelve is lost."""
    seed(platform, DIRTY, "8%")
    with platform.features.session() as session:
        yield session
    platform.json("seed", "reset", "--from", DIRTY[0], "--to", DIRTY[1], "--yes")


def check(session: Session, start: str, end: str) -> dict[str, int]:
    return validation.apply_rules(session.connection.cursor(), start, end)


def test_validation_finds_exactly_the_recorded_faults(dirty: Session) -> None:
    columns = "base_dt, fault, table_name, row_key, column_name, found"
    made = dirty.query(f"SELECT {columns} FROM mlops_meta.seed_faults {BETWEEN}", DIRTY)
    assert {row[1] for row in made} == set(RULE_OF)
    wanted = sorted((day, RULE_OF[fault], *rest) for day, fault, *rest in made)

    counts = check(dirty, *DIRTY)
    found = sorted(dirty.query(f"{KEPT} {BETWEEN}", DIRTY))
    assert [tuple(map(str, row)) for row in found] == [tuple(map(str, row)) for row in wanted]
    assert counts == Counter(row[1] for row in found)

    # Day by day, as the DAG does it, it is the same.
    for day in (f"203101{n:02}" for n in range(1, 11)):
        assert check(dirty, day, day) == Counter(row[1] for row in found if row[0] == day)


def test_failures_keep_a_copy_of_the_row(dirty: Session) -> None:
    check(dirty, *DIRTY)
    (one,) = dirty.query(
        "SELECT JSON_VALUE(v.content, '$.applicant_income') = v.found, a.applicant_income = v.found, "
        "JSON_VALUE(v.content, '$.loan_account_id') = a.loan_account_id "
        "FROM mlops_meta.validation_failures v JOIN mlops.loan_applicant_info a ON a.applicant_id = v.row_key "
        f"{BETWEEN} AND rule = 'ranges' LIMIT 1",
        DIRTY,
    )
    assert one == (1, 1, 1)
    assert dirty.query(f"{KEPT} {BETWEEN} AND (content IS NULL) <> (row_key = '')", DIRTY) == []


def test_validation_finds_nothing_in_the_default_range(clean: Session) -> None:
    assert check(clean, *CLEAN) == {}
    assert clean.query(f"{KEPT} {BETWEEN}", CLEAN) == []


def test_validation_finds_faults_that_seed_does_not_create(clean: Session) -> None:
    """In a transaction that is rolled back: 2024-05-10 and the days after it, each with a fault of another kind."""
    area = "mlops.loan_applicant_info"
    one = f"SELECT MIN(applicant_id) FROM {area} WHERE applicant_date"
    (account,), (cust,) = (
        clean.query(f"SELECT {name} FROM {area} WHERE applicant_id = ({one} = '20240510')")[0]
        for name in ("loan_account_id", "cust_id")
    )
    clean.run("START TRANSACTION")
    try:
        for day, change in {
            "20240511": "applicant_income = 2000000",
            "20240512": f"loan_account_id = '{account}'",
            "20240513": "credit_history = 0.5",
            "20240514": "loan_amount_term = 0",
            "20240515": "coapplicant_income = NULL",
        }.items():
            clean.run(f"UPDATE {area} SET {change} WHERE applicant_date = %s ORDER BY applicant_id LIMIT 1", (day,))
        clean.run("UPDATE mlops.cust_info SET married = NULL WHERE base_dt = '20240510' AND cust_id = %s", (cust,))
        clean.run("DELETE FROM mlops.family_info WHERE base_dt = '20240516'")
        clean.run(
            f"INSERT INTO {area} SELECT CONCAT('T', SUBSTR(applicant_id, 2)), '20240517', applicant_time, "
            "(SELECT MIN(cust_id) FROM mlops.cust_info WHERE base_dt = '20240517'), applicant_income, "
            "coapplicant_income, credit_history, property_area, loan_amount, loan_amount_term, "
            f"CONCAT('T', applicant_id) FROM {area} WHERE applicant_date BETWEEN '20240101' AND '20240131'"
        )
        check(clean, "20240501", "20240520")
        found = clean.query(f"{KEPT} {BETWEEN} ORDER BY base_dt, table_name, row_key", ("20240501", "20240520"))
    finally:
        clean.connection.rollback()
    assert [(day, rule, table.removeprefix("mlops."), column) for day, rule, table, _, column, _ in found] == [
        ("20240510", "categories", "cust_info", "married"),
        ("20240510", "uniqueness", "loan_applicant_info", "loan_account_id"),
        ("20240511", "ranges", "loan_applicant_info", "applicant_income"),
        ("20240512", "uniqueness", "loan_applicant_info", "loan_account_id"),
        ("20240513", "ranges", "loan_applicant_info", "credit_history"),
        ("20240514", "ranges", "loan_applicant_info", "loan_amount_term"),
        ("20240515", "required", "loan_applicant_info", "coapplicant_income"),
        ("20240516", "snapshots", "family_info", ""),
        ("20240517", "volume", "loan_applicant_info", "applicant_id"),
    ]


def test_table_with_other_columns_is_refused_before_it_is_used(clean: Session) -> None:
    clean.run("ALTER TABLE mlops.loan_applicant_info RENAME COLUMN property_area TO area")
    try:
        assert check(clean, "20240501", "20240501") == {"schema": 1}
        assert clean.query(f"{KEPT} {BETWEEN}", ("20240501", "20240501")) == [
            ("20240501", "schema", "mlops.loan_applicant_info", "", "property_area", "no such column")
        ]
    finally:
        clean.run("ALTER TABLE mlops.loan_applicant_info RENAME COLUMN area TO property_area")
    assert check(clean, "20240501", "20240501") == {}


def run(platform: LivePlatform, day: str) -> Result:
    return platform.mlopsctl("trigger", DAG, "--conf", f'{{"base_dt": "{day}"}}', "--unpause", "--wait", "--json")


def states(platform: LivePlatform, result: Result) -> dict[str, str]:
    answer = platform.http.get(f"/api/v2/dags/{DAG}/dagRuns/{result.json['data']['run_id']}/taskInstances")
    return {task["task_id"]: task["state"] for task in answer["task_instances"]}


def predictions(session: Session, start: str, end: str) -> list[Any]:
    return session.query(
        f"SELECT base_dt, applicant_id, predict, probability FROM mlops.ineligible_loan_model_result {BETWEEN} "
        "ORDER BY 1, 2",
        (start, end),
    )


def test_validation_fails_with_its_rules_and_keeps_the_rows(platform: LivePlatform, dirty: Session) -> None:
    ((day, faults),) = dirty.query(
        "SELECT base_dt, COUNT(*) FROM mlops_meta.seed_faults "
        f"{BETWEEN} AND fault = 'no customer' GROUP BY base_dt LIMIT 1",
        DIRTY,
    )
    result = run(platform, day)
    assert result.code == 1
    assert f"AirflowFailException: The data of {day} violate " in result.err
    assert f"customers ({faults} row{'s' if faults > 1 else ''})" in result.err
    assert states(platform, result) == {
        "extract": "success",
        "validate": "failed",
        "prepare": "upstream_failed",
        "predict": "upstream_failed",
    }
    assert dirty.query(f"{KEPT} {BETWEEN} AND rule = 'customers'", (day, day))
    assert predictions(dirty, day, day) == []


def test_missing_day_is_skipped_and_recorded(platform: LivePlatform, dirty: Session) -> None:
    ((day,),) = dirty.query(
        f"SELECT base_dt FROM mlops_meta.seed_faults {BETWEEN} AND fault = 'missing day' LIMIT 1", DIRTY
    )
    dirty.run("INSERT INTO mlops.ineligible_loan_model_result VALUES (%s, 'gone', 1, 0.9)", (day,))
    result = run(platform, day)
    assert (result.code, result.json["data"]["state"]) == (0, "success")
    assert states(platform, result) == {
        "extract": "success",
        "validate": "skipped",
        "prepare": "skipped",
        "predict": "skipped",
    }
    assert dirty.query(f"{KEPT} {BETWEEN}", (day, day)) == [
        (day, "missing_day", "mlops.loan_applicant_info", "", "", "0")
    ]
    assert predictions(dirty, day, day) == []
    log = next((platform.home / "airflow" / "logs" / f"dag_id={DAG}").glob(f"*{result.json['data']['run_id']}*"))
    said = "".join(path.read_text() for path in (log / "task_id=validate").rglob("*.log"))
    assert f"No applications of {day} have been loaded, although its customers have: nothing to predict." in said


def champions(session: Session) -> int:
    sql = "SELECT COUNT(*) FROM mlops_meta.model_decisions WHERE model_name = %s AND decision = 'champion'"
    return int(session.query(sql, (DAG,))[0][0])


def test_prediction_without_a_champion_fails_with_a_hint(platform: LivePlatform, clean: Session) -> None:
    rename = "UPDATE mlops_meta.model_decisions SET model_name = %s WHERE model_name = %s"
    clean.run(rename, ("hidden", DAG))
    try:
        result = run(platform, "20240601")
    finally:
        clean.run(rename, (DAG, "hidden"))
    assert result.code == 1
    assert (
        "AirflowFailException: ineligible_loan_model has no champion yet. Train one with "
        f"`mlopsctl --home {shlex.quote(str(platform.home))} trigger ineligible_loan_model_ct --unpause --wait`, "
        "then re-run 20240601."
    ) in result.err
    assert states(platform, result)["predict"] == "upstream_failed"
    assert predictions(clean, "20240601", "20240601") == []


@pytest.fixture(scope="module")
def champion(platform: LivePlatform, clean: Session) -> None:
    """The training on 2024-03-01 has six months whose labels are complete; it deploys what it made."""
    training = f"{DAG}_ct"
    if not champions(clean):
        result = platform.mlopsctl(
            "trigger", training, "--conf", '{"base_dt": "20240301"}', "--unpause", "--wait", timeout=600
        )
        assert result.code == 0, result.out + result.err
    # The training of last month, which Airflow makes as soon as the DAG is unpaused, may deploy another.
    deadline = time.monotonic() + 300
    while not champions(clean) or platform.busy(training) or platform.busy(f"{DAG}_cd"):
        assert time.monotonic() < deadline, platform.mlopsctl("runs", f"{DAG}_cd").out
        time.sleep(0.3)


@pytest.mark.usefixtures("champion")
def test_repeated_backfills_predict_every_applicant_once(platform: LivePlatform, clean: Session) -> None:
    dates, days = ("--from", "2024-01-01", "--to", "2024-01-03"), ("20240101", "20240103")
    backfill = ("backfill", DAG, *dates, "--unpause", "--yes")
    assert platform.json(*backfill)["data"]["counts"]["success"] == 3
    first = predictions(clean, *days)
    applicants = clean.query(
        "SELECT applicant_date, applicant_id FROM mlops.loan_applicant_info "
        "WHERE applicant_date BETWEEN %s AND %s ORDER BY 1, 2",
        days,
    )
    assert [row[:2] for row in first] == applicants
    assert all(0 < probability < 1 and predict == (probability >= 0.5) for _, _, predict, probability in first)
    assert len({probability for *_, probability in first}) > len(first) / 2

    clean.run("INSERT INTO mlops.ineligible_loan_model_result VALUES ('20240102', 'unknown', 1, 0.9)")
    clean.run("DELETE FROM mlops.ineligible_loan_model_result WHERE base_dt = '20240103'")
    platform.json(*backfill, "--all")
    assert predictions(clean, *days) == first


@pytest.mark.usefixtures("champion")
def test_features_use_the_data_of_the_same_day(clean: Session) -> None:
    """Compare with another query: the dependents of a day, grouped."""
    wrong = clean.query(
        "SELECT f.applicant_id FROM mlops.ineligible_loan_model_features f "
        "JOIN mlops.loan_applicant_info a ON a.applicant_id = f.applicant_id AND a.applicant_date = f.base_dt "
        "JOIN mlops.cust_info c ON c.base_dt = f.base_dt AND c.cust_id = a.cust_id "
        "LEFT JOIN (SELECT base_dt, cust_id, COUNT(*) n FROM mlops.family_info WHERE base_dt BETWEEN %s AND %s "
        "GROUP BY base_dt, cust_id) d ON d.base_dt = f.base_dt AND d.cust_id = a.cust_id "
        "WHERE f.base_dt BETWEEN %s AND %s AND NOT (f.married = c.married AND f.education = c.education "
        "AND f.applicant_income = a.applicant_income AND f.credit_history = a.credit_history "
        "AND f.family_dependents = CASE WHEN n IS NULL THEN '0' WHEN n > 2 THEN '3+' ELSE n END)",
        ("20240101", "20240107") * 2,
    )
    assert wrong == []
