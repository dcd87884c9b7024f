import textwrap
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check import run
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rules.templates import RULE


def find(folder: Path, code: str, name: str = "dag.py") -> list[Finding]:
    path = folder / name
    path.write_bytes(textwrap.dedent(code).encode())
    return [finding for finding in run.check([folder]) if finding.rule == RULE]


def rewrite(folder: Path, code: str, name: str = "dag.py") -> str:
    text = textwrap.dedent(code)
    edits = [edit for finding in find(folder, code, name) for edit in finding.edits]
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"{{ execution_date }}"', '"{{ logical_date }}"'),
        ('"{{execution_date.year}}"', '"{{logical_date.year}}"'),
        ('"{{ yesterday_ds }}"', '"{{ macros.ds_add(ds, -1) }}"'),
        ('"{{ yesterday_ds_nodash }}"', "\"{{ macros.ds_add(ds, -1).replace('-', '') }}\""),
        ("'{{ tomorrow_ds_nodash }}'", '\'{{ macros.ds_add(ds, 1).replace("-", "") }}\''),
        ('"{{ next_ds }}"', '"{{ data_interval_end | ds }}"'),
        ('"{{ next_ds[:4] }}"', '"{{ (data_interval_end | ds)[:4] }}"'),
        ('"{{ next_execution_date }}"', '"{{ data_interval_end }}"'),
        ('"{{ dag_run.execution_date }}"', '"{{ logical_date }}"'),
        ('"{{ dag_run.run_type }}"', '"{{ dag_run.run_type.value }}"'),
        ("\"{{ dag_run.run_type == 'manual' }}\"", "\"{{ dag_run.run_type == 'manual' }}\""),
        ('"{{ ti.execution_date.day }}"', '"{{ logical_date.day }}"'),
        ('"{% if execution_date.day == 1 %}x{% endif %}"', '"{% if logical_date.day == 1 %}x{% endif %}"'),
        ('"{%- if x %}  {{- execution_date -}}  y{% endif %}"', '"{%- if x %}  {{- logical_date -}}  y{% endif %}"'),
        ('f"{{{{ execution_date }}}} {x}"', 'f"{{{{ logical_date }}}} {x}"'),
        ("f\"{x['a']}{{{{ execution_date }}}}\"", "f\"{x['a']}{{{{ logical_date }}}}\""),
        ('"{{{{ yesterday_ds }}}} {}".format(x)', '"{{{{ macros.ds_add(ds, -1) }}}} {}".format(x)'),
        ('"{} {}".format(x, "{{ execution_date }}")', '"{} {}".format(x, "{{ logical_date }}")'),
        ('"\\t\\x41{{ execution_date }}"', '"\\t\\x41{{ logical_date }}"'),
        ('r"\\d{{ execution_date }}"', 'r"\\d{{ logical_date }}"'),
        ('"a" "{{ execution_" "date }}"', '"a" "{{ execution_" "date }}"'),
        ('"{{ " + "execution_date" + " }}"', '"{{ " + "logical_date" + " }}"'),
        ('"{{ var.value.x" + x + "}} {{ execution_date }}"', '"{{ var.value.x" + x + "}} {{ logical_date }}"'),
        ('"x" + ("{{ execution_date }}" % x)', '"x" + ("{{ logical_date }}" % x)'),
    ],
)
def test_template_in_a_string_is_rewritten(tmp_path: Path, before: str, after: str) -> None:
    assert rewrite(tmp_path, f"x = 1\ny = {before}\n") == f"x = 1\ny = {after}\n"


@pytest.mark.parametrize(
    "code",
    [
        '"{{ ds }} {{ logical_date }} {{ params.execution_date }}"',
        '"{{ macros.f(execution_date=ds) }} {{ x | next_ds }}"',
        '"{% set next_ds = ds %}{{ next_ds }}"',
        '"{# {{ execution_date }} #}"',
        '"{% raw %}{{ execution_date }}{% endraw %}"',
        '"execution_date"',
        '"{{ execution_date"',
        'b"{{ execution_date }}"',
        "print(doc_md='{{ execution_date }}')",
        "DAG('d', user_defined_macros={'execution_date': 1}, x='{{ execution_date }}')",
    ],
)
def test_other_strings_are_not_reported(tmp_path: Path, code: str) -> None:
    assert find(tmp_path, f'"""{{{{ execution_date }}}}"""\nx = {code}\n') == []


def test_name_without_an_equivalent_is_reported_only(tmp_path: Path) -> None:
    (found,) = find(tmp_path, 'x = "{{ conf.get(1) }} {{ dag_run.conf }}"\n')
    assert (found.line, found.column, found.edits) == (1, 9, ())


@pytest.mark.parametrize(
    ("dag", "after"),
    [
        ("schedule='@daily', start_date=pendulum.datetime(2024, 1, 1, tz='Asia/Seoul')", "macros.ds_add(ds, -1)"),
        ("schedule_interval='30 4 * * 1'", "macros.ds_add(ds, -7)"),
        ("schedule=None", "ds"),
        ("schedule='@daily', start_date=pendulum.datetime(2024, 1, 1, tz='Europe/Berlin')", "prev_ds"),
        ("schedule='@daily', start_date=pendulum.datetime(2024, 1, 1, tz=zone())", "prev_ds"),
        ("schedule='@daily', start_date=first_day()", "prev_ds"),
        ("schedule='@monthly'", "prev_ds"),
        ("schedule=CRON", "prev_ds"),
    ],
)
def test_previous_run_depends_on_the_schedule(tmp_path: Path, dag: str, after: str) -> None:
    code = f"with DAG('d', {dag}):\n    x = '{{{{ prev_ds }}}}'\n"
    assert rewrite(tmp_path, code) == code.replace("prev_ds", after)


def test_sql_file_is_rewritten_with_other_quotes_than_those_around(tmp_path: Path) -> None:
    before = "select '{{ yesterday_ds_nodash }}', {{ yesterday_ds_nodash }};\r\n-- é\n"
    after = rewrite(tmp_path, before, "query.sql")
    assert after == before.replace("'{{ yesterday_ds_nodash", '\'{{ macros.ds_add(ds, -1).replace("-", "")').replace(
        ", {{ yesterday_ds_nodash", ", {{ macros.ds_add(ds, -1).replace('-', '')"
    )


def test_files_that_dbt_renders_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: x\n")
    assert find(tmp_path, "select {{ execution_date }}", "model.sql") == []
