"""DAGs and import errors as the real dag-processor sees them."""

import py_compile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.live.conftest import LivePlatform
from tests.operations.doctor.contexts import findings, outcome

pytestmark = pytest.mark.live

GOOD = """
from airflow.sdk import dag, task
import pendulum

@dag(schedule=None, start_date=pendulum.datetime(2023, 1, 1, tz="UTC"), is_paused_upon_creation=False)
def live_breaks():
    @task
    def work():
        pass
    work()

live_breaks()
"""


def until(read: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 60) -> Any:
    """Poll `read` until its result satisfies `wanted`."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := read()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)
    return answer


def test_list_has_the_documented_keys(platform: LivePlatform) -> None:
    dags = platform.json("dags", "list")["data"]["dags"]
    assert all(set(dag) == {"dag_id", "schedule", "paused", "file", "tags"} for dag in dags)
    (dawn,) = [dag for dag in dags if dag["dag_id"] == "live_dawn"]
    assert (dawn["schedule"], dawn["tags"]) == ("0 4 * * *", ["live"])
    assert dawn["file"].endswith("/dags/live_cases/periodic.py")
    (manual,) = [dag for dag in dags if dag["dag_id"] == "live_manual"]
    assert (manual["schedule"], manual["paused"]) == (None, False)


def test_import_error_has_a_cause_and_prevents_a_backfill(platform: LivePlatform) -> None:
    file = platform.home / "airflow" / "dags" / "live_breaks.py"

    def errors() -> list[dict[str, str]]:
        found: list[dict[str, str]] = platform.json("dags", "errors")["data"]["errors"]
        return found

    def names() -> list[str]:
        return [dag["dag_id"] for dag in platform.json("dags", "list")["data"]["dags"]]

    assert errors() == []
    try:
        file.write_text(GOOD)
        until(names, lambda known: "live_breaks" in known)
        file.write_text("import not_installed_here\n" + GOOD)
        (error,) = until(errors, bool)
        assert set(error) == {"file", "cause", "message", "hint", "hint_command", "traceback"}
        assert (error["file"], error["cause"]) == ("live_breaks.py", "missing-module")
        assert error["message"] == "ModuleNotFoundError: No module named 'not_installed_here' (live_breaks.py, line 1)"
        assert "add the package that provides not_installed_here to " in error["hint"]
        shown = platform.mlopsctl("dags", "errors").out
        assert shown.startswith("live_breaks.py\n  missing-module: ModuleNotFoundError")

        result = platform.mlopsctl("backfill", "live_breaks", "--from", "2023-01-01", "--to", "2023-01-02", "--json")
        assert (result.code, result.json["errors"][0]["code"]) == (1, "import-error")
        assert "No module named 'not_installed_here'" in result.json["errors"][0]["message"]
    finally:
        file.unlink()
    until(errors, lambda found: not found)


SLOW = 4  # seconds

# The first lines of a DAG file → the cause, and part of the hint.
FAULTS = {
    "module": ("import xlrd", "missing-module", "dags fix   # installs xlrd"),
    "project": ("from live_unlinked.part import there", "not-linked", "link add "),
    "moved": (
        "from airflow.operators.python_operator import BranchPythonOperator",
        "airflow-2-import",
        "use from airflow.providers.standard.operators.python import BranchPythonOperator",
    ),
    "gone": ("from airflow.utils.dates import days_ago", "airflow-2-import", "use pendulum.today()"),
    "sensor": (
        "from airflow.sensors.external_task_sensor import ExternalTaskSensor",
        "airflow-2-import",
        "use from airflow.providers.standard.sensors.external_task import ExternalTaskSensor",
    ),
    "argument": ("from airflow.sdk import DAG\nDAG('x', schedule_interval='@daily')", "airflow-2-import", "schedule="),
    "operator": (
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "BashOperator(task_id='t', bash_command='true', task_concurrency=1)",
        "airflow-2-import",
        "use max_active_tis_per_dag=",
    ),
    "mysql": (
        "from airflow.providers.mysql.operators.mysql import MySqlOperator",
        "airflow-2-import",
        "SQLExecuteQueryOperator, with conn_id= instead of mysql_conn_id=",
    ),
    "database": ("from airflow import settings\nsettings.Session()", "airflow-2-import", "Variable.get"),
    "dates": (
        "from airflow.sdk import DAG\ndates = DAG('live_dates', schedule='0 0 31 2 *')",
        "no-dates",
        "use 0 0 L 2 *",
    ),
    "syntax": ("def x(:", "syntax-error", "correct the line"),
    "variable": (
        "from airflow.sdk import Variable\nVariable.get('LIVE_NONE')",
        "missing-variable",
        "variable set LIVE_",
    ),
    "connection": (
        "from airflow.sdk import BaseHook\nBaseHook.get_connection('live_none')",
        "missing-connection",
        "connection set live_none",
    ),
    "stale": ("from live_helper import new", "stale-module", "removes live_helper.pyc"),
    "ended": ("import os\nos._exit(3)", "process-ended", "take the call of os._exit out of the file"),
}
IN_ZIP = "live_fault_zip.zip/live_member.py"
BESIDE = "live_linked/near.py"  # imports the module beside it


def write_faults(dags: Path, top: Path) -> None:
    """One file per cause, and one in a zip file; two files with one DAG; a project with two packages, of which one is
    linked; bytecode without its source."""
    for name in ("live_linked", "live_unlinked"):
        (top / name).mkdir()
        (top / name / "part.py").write_text("there = 1\n")
    (top / "live_linked" / "near.py").write_text(f"from part import there\n{GOOD.replace('live_breaks', 'live_near')}")
    (dags / "live_linked").symlink_to(top / "live_linked")
    (top / "away").mkdir()
    (top / "away" / "live_helper.py").write_text("old = 1\n")
    py_compile.compile(str(top / "away" / "live_helper.py"), cfile=str(dags / "live_helper.pyc"))
    for name, (text, _, _) in FAULTS.items():
        (dags / f"live_fault_{name}.py").write_text(f"{text}\n{GOOD.replace('live_breaks', f'live_fault_{name}')}")
    for name in ("live_fault_one.py", "live_fault_two.py"):
        (dags / name).write_text(GOOD.replace("live_breaks", "live_defined_twice"))
    with ZipFile(dags / "live_fault_zip.zip", "w") as archive:
        archive.writestr("live_member.py", f"import not_in_the_zip\n{GOOD.replace('live_breaks', 'live_member')}")


def remove_faults(dags: Path) -> None:
    for path in dags.glob("live_fault_*"):
        path.unlink()
    for name in ("live_linked", "live_unlinked", "live_helper.pyc"):
        (dags / name).unlink(missing_ok=True)


def test_causes_of_import_errors_are_found_and_fixed(platform: LivePlatform, tmp_path: Path) -> None:
    dags = platform.home / "airflow" / "dags"

    def errors() -> dict[str, dict[str, str]]:
        listed = platform.json("dags", "errors")["data"]["errors"]
        return {name_of(error["file"]): error for error in listed}

    def name_of(file: str) -> str:
        return file if file in (IN_ZIP, BESIDE) else file.removeprefix("live_fault_").removesuffix(".py")

    write_faults(dags, tmp_path)
    try:
        # On a busy machine, reading a variable can time out once; the file is read again after 30 s.
        settled = {name: cause for name, (_, cause, _) in FAULTS.items()}
        settled |= {IN_ZIP: "missing-module", BESIDE: "local-import"}
        found = until(errors, lambda found: {n: e["cause"] for n, e in found.items()} == settled, 180)
        for name, (_, _, hint) in FAULTS.items():
            assert hint in found[name]["hint"], found[name]
        assert found[BESIDE]["hint"].endswith("write from live_linked.part import there")
        assert found["syntax"]["message"] == "SyntaxError: invalid syntax (live_fault_syntax.py, line 1: def x(:)"
        assert found["variable"]["message"].endswith("(live_fault_variable.py, line 2)")
        assert found["operator"]["message"].endswith("were: task_concurrency (live_fault_operator.py, line 2)")

        # The doctor finds the same, and what Airflow would only find by running a task.
        home = platform.home
        assert len([f for f in findings("dag-errors", home) if f.fixable]) == 2, "the link, and the bytecode"
        for kind, name in (("variables", "variable LIVE_NONE"), ("connections", "connection live_none")):
            verdict, message = outcome(f"dag-{kind}", home)
            assert verdict == "error" and name in message
            assert f"live_fault_{kind.removesuffix('s')}.py:2" in message

        refused = platform.mlopsctl("dags", "fix")
        assert (refused.code, "Install xlrd into the managed Airflow" in refused.err) == (1, True)
        (dags / "live_fault_module.py").unlink()  # nothing is installed in a test
        fixed = platform.mlopsctl("dags", "fix", "--json")
        steps = {step["name"]: step["state"] for step in fixed.json["data"]["steps"]}
        assert (steps["live_unlinked"], steps["."], steps["live_fault_syntax.py"]) == ("changed", "changed", "skipped")
        duplicate, error = fixed.json["errors"]
        assert (fixed.code, error["code"]) == (1, "import-error") and "live_fault_syntax.py" in error["message"]
        assert (
            duplicate["code"] == "duplicate-dag" and "live_fault_one.py and live_fault_two.py" in duplicate["message"]
        )
        assert "project" not in errors() and not (dags / "live_helper.pyc").exists()
        assert errors()["stale"]["cause"] == "missing-module", "its bytecode was removed"
    finally:
        remove_faults(dags)
    until(errors, lambda found: not found)


def test_clean_removes_bytecode_and_has_every_file_read_again(platform: LivePlatform) -> None:
    dags = platform.home / "airflow" / "dags"
    cache = dags / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "live_gone.cpython-311.pyc").write_bytes(b"")
    plan = platform.mlopsctl("dags", "clean", "--dry-run")
    assert plan.code == 0 and ".             remove 1 __pycache__\n" in plan.err
    assert "read          have Airflow read every DAG file again\n" in plan.err and cache.exists()
    before = platform.json("status")["data"]["services"]
    permissions = (
        "FROM ab_permission_view WHERE view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAG:live_dawn')"
    )

    def query(sql: str) -> str:
        return platform.mlopsctl("db", "shell", "metadata", "--", "-At", "-c", sql).out.strip()

    assert query(f"DELETE {permissions}") == "DELETE 3"
    answer = platform.json("dags", "clean")
    assert not cache.exists()
    assert query(f"SELECT count(*) {permissions}") == "3", "missing permissions are created again"
    last = answer["data"]["steps"][-1]
    assert (last["name"], last["state"]) == ("read", "changed") and last["detail"].endswith("no import errors")
    pids = {service["name"]: service["pid"] for service in platform.json("status")["data"]["services"]}
    same = {service["name"]: service["pid"] for service in before} == pids
    assert same == ("dag-processor" not in {step["name"] for step in answer["data"]["steps"]})


def test_directory_linked_twice_is_reported_and_fixed(platform: LivePlatform) -> None:
    again = platform.home / "airflow" / "dags" / "live_again"
    again.symlink_to((platform.home / "airflow" / "dags" / "live_cases").resolve())
    try:
        refused = platform.mlopsctl("dags", "clean", "--json")
        assert (refused.code, refused.json["errors"][0]["code"]) == (1, "reached-twice")
        (entry,) = platform.json("dags", "errors")["data"]["errors"]
        assert (entry["cause"], entry["hint_command"]) == ("reached-twice", ["link", "remove", "live_again"])
        found = platform.mlopsctl("doctor", "--only", "dag-twice", "--fix", "--json")
        (check,) = found.json["data"]["checks"]
        assert (found.code, check["verdict"], check["fixed"]) == (0, "ok", True)
        assert not again.is_symlink()
    finally:
        again.unlink(missing_ok=True)


def test_slow_dag_file_is_a_warning(platform: LivePlatform) -> None:
    file = platform.home / "airflow" / "dags" / "live_slow.py"
    file.write_text(f"import time\ntime.sleep({4 * SLOW})\n{GOOD.replace('live_breaks', 'live_slow')}")
    try:
        (found,) = until(
            lambda: [f for f in findings("dag-parsing", platform.home) if "live_slow.py" in f.message], bool
        )
        assert found.verdict == "warning"
    finally:
        file.unlink()
