"""The command line of `mlopsctl init`. What it creates: tests/operations/test_init.py."""

import json
from pathlib import Path

import pytest

from tests.conftest import call_cli


def test_json_names_the_dag_and_every_file(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path / "home", "init", tmp_path / "Loans 1", "--template", "sql", "--json")
    answer = json.loads(ran.out)
    assert (ran.code, answer["status"]) == (0, "ok")
    data = answer["data"]
    assert set(data) == {"directory", "dag_id", "template", "steps"}
    assert (data["directory"], data["dag_id"], data["template"]) == (str(tmp_path / "Loans 1"), "loans_1", "sql")
    assert {step["name"] for step in data["steps"]} >= {"README.md", "dags/loans_1/loans_1.py"}
    assert (tmp_path / "Loans 1" / "dags" / "loans_1" / "loans_1.py").exists()


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path / "home", "init", tmp_path / "loans", "--dry-run", "--json")
    assert (ran.code, json.loads(ran.out)["status"]) == (0, "planned")
    assert list(tmp_path.iterdir()) == []


def test_hint_keeps_the_dags_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('dags = ["/srv/dags"]\ntimezone = "Europe/Berlin"\n')
    ran = call_cli("--home", tmp_path, "init", tmp_path / "loans", "--template", "empty")
    assert ran.code == 0
    assert f"hint: mlopsctl --home {tmp_path} setup --dags /srv/dags --dags {tmp_path}/loans/dags\n" in ran.err
    assert '"Europe/Berlin"' in (tmp_path / "loans" / "dags" / "loans" / "days.py").read_text()


@pytest.mark.parametrize("words", [(), ("x", "--template", "dbt"), ("x", "y")])
def test_wrong_usage(words: tuple[str, ...]) -> None:
    assert call_cli("init", *words).code == 2


def test_directory_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    ran = call_cli("--home", tmp_path / "home", "init", tmp_path, "--json")
    assert (ran.code, json.loads(ran.out)["errors"][0]["code"]) == (1, "not-empty")
