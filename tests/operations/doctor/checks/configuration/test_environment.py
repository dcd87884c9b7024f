from pathlib import Path

import pytest

from tests.operations.doctor.contexts import findings, is_ok, make_home


def test_variables_that_override_airflow_cfg_are_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_home(tmp_path)
    assert is_ok("environment", home)
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "1")
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    option, airflow_home = findings("environment", home)
    assert (option.verdict, option.hint.text()) == ("warning", "unset AIRFLOW__CORE__PARALLELISM")
    assert airflow_home.verdict == "warning" and "/elsewhere" in airflow_home.message
    monkeypatch.setenv("AIRFLOW_HOME", str(home / "airflow"))
    assert len(findings("environment", home)) == 1
