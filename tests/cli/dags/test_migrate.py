"""`mlopsctl dags migrate`: what it prints, asks and refuses."""

import json
from pathlib import Path

import pytest

from tests.conftest import call_cli

BEFORE, AFTER = "x = '{{ execution_date }}'\n", "x = '{{ logical_date }}'\n"
LEFT = "y = '{{ conf }}'\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.py").write_text(BEFORE, encoding="utf-8")
    return Path("d.py")


def test_dry_run_prints_the_diff_and_changes_nothing(file: Path) -> None:
    ran = call_cli("dags", "migrate", file, "--dry-run")
    assert ran.code == 0
    assert ran.out == f"--- a/d.py\n+++ b/d.py\n@@ -1 +1 @@\n-{BEFORE}+{AFTER}"
    assert file.read_text() == BEFORE


def test_file_that_is_not_committed_is_refused(file: Path) -> None:
    ran = call_cli("dags", "migrate", file, "--yes", "--json")
    assert (ran.code, json.loads(ran.out)["errors"][0]["code"]) == (1, "not-committed")
    assert file.read_text() == BEFORE


def test_nothing_is_written_without_an_answer(file: Path) -> None:
    ran = call_cli("dags", "migrate", file, "--backup", "--json")
    assert (ran.code, json.loads(ran.out)["errors"][0]["code"]) == (1, "not-confirmed")
    assert file.read_text() == BEFORE


def test_file_is_rewritten_and_its_backup_kept(file: Path) -> None:
    ran = call_cli("dags", "migrate", file, "--backup", "--yes", "--json")
    envelope = json.loads(ran.out)
    (data,) = envelope["data"]["files"]
    assert (ran.code, envelope["status"]) == (0, "ok")
    assert (data["file"], data["changed"], data["rules"], data["left"]) == ("d.py", True, ["airflow-2-template"], [])
    assert (file.read_text(), Path("d.py.orig").read_text()) == (AFTER, BEFORE)
    assert call_cli("dags", "migrate", file, "--yes").code == 0


def test_what_is_left_is_listed_and_exits_with_1(file: Path) -> None:
    file.write_text(BEFORE + LEFT, encoding="utf-8")
    ran = call_cli("dags", "migrate", file, "--backup", "--yes", "--json")
    envelope = json.loads(ran.out)
    (data,) = envelope["data"]["files"]
    assert (ran.code, envelope["status"], envelope["errors"][0]["code"]) == (1, "partial", "left")
    assert [(left["line"], left["rule"]) for left in data["left"]] == [(2, "airflow-2-template")]
    assert file.read_text() == AFTER + LEFT


def test_path_that_does_not_exist_is_wrong_usage(file: Path) -> None:
    assert call_cli("dags", "migrate", "missing").code == 2
