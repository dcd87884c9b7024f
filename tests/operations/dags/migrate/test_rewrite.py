from pathlib import Path
from zipfile import ZipFile

from mlopsctl.operations.dags.check import project as projects
from mlopsctl.operations.dags.check import run
from mlopsctl.operations.dags.migrate.rewrite import Migration, rewrite

CODE = """\
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator

with DAG("d", schedule_interval="@daily", concurrency=2):
    BashOperator(task_id="a", bash_command="echo {{ execution_date }} {{ yesterday_ds }}")
    PythonOperator(task_id="b", python_callable=print)
    BranchPythonOperator(task_id="c", python_callable=print)
"""


def migrate(folder: Path, content: bytes, name: str = "dag.py") -> Migration:
    (folder / name).write_bytes(content)
    (found,) = rewrite(projects.read([folder]))
    return found


def test_rewritten_code_has_no_findings(tmp_path: Path) -> None:
    after = migrate(tmp_path, CODE.encode()).after
    (tmp_path / "dag.py").write_text(after, encoding="utf-8")
    assert run.check([tmp_path]) == []
    assert rewrite(projects.read([tmp_path])) == []


def test_schedule_is_rewritten_before_the_import_of_dag(tmp_path: Path) -> None:
    after = migrate(tmp_path, CODE.encode()).after
    assert 'DAG("d", catchup=True, schedule=CronDataIntervalTimetable("@daily", timezone="UTC")' in after
    assert "from airflow.sdk import DAG" in after


def test_line_ends_and_byte_order_mark_are_kept(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + CODE.replace("\n", "\r\n").encode()
    after = migrate(tmp_path, content)
    written = after.after.encode(after.encoding)
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.count(b"\n") == written.count(b"\r\n")


def test_encoding_is_kept(tmp_path: Path) -> None:
    after = migrate(tmp_path, b"# -*- coding: latin-1 -*-\nx = '\xe9 {{ execution_date }}'\n")
    assert after.after.encode(after.encoding) == b"# -*- coding: latin-1 -*-\nx = '\xe9 {{ logical_date }}'\n"


def test_schedule_that_cannot_be_read_is_left(tmp_path: Path) -> None:
    found = migrate(tmp_path, b"import x\nfrom airflow import DAG\n\nDAG('d', schedule=x.cron, catchup=False)\n")
    assert [(left.line, left.rule) for left in found.left] == [(4, "airflow-2-schedule")]


def test_file_that_is_not_valid_python_is_left(tmp_path: Path) -> None:
    found = migrate(tmp_path, b"def broken(:\n")
    assert (found.changed, [left.rule for left in found.left]) == (False, ["syntax"])


def test_query_is_rewritten(tmp_path: Path) -> None:
    assert migrate(tmp_path, b"select {{ execution_date }}", "a.sql").after == "select {{ logical_date }}"


def test_edits_that_make_no_valid_file_together_are_tried_one_by_one(tmp_path: Path) -> None:
    code = b"from airflow.sdk import DAG\n\nDAG('d', schedule_interval=None, timetable=None, concurrency=1)\n"
    found = migrate(tmp_path, code)
    assert found.after == "from airflow.sdk import DAG\n\nDAG('d', schedule=None, timetable=None, max_active_tasks=1)\n"
    assert [left.rule for left in found.left] == ["AIR301"]


def test_members_of_zip_files_are_left(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "dags.zip", "w") as archive:
        archive.writestr("dag.py", CODE)
    (found,) = rewrite(projects.read([tmp_path]))
    assert not found.changed
    assert found.left


def test_characters_that_the_encoding_has_not_are_not_written(tmp_path: Path) -> None:
    code = "# -*- coding: ascii -*-\nx = '{{ execution_date }}'\n"
    assert migrate(tmp_path, code.encode()).after == code.replace("execution_date", "logical_date")
