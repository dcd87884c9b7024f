"""How Airflow's components are started."""

from pathlib import Path

from mlopsctl.adapters.airflow_cli import AirflowCli
from mlopsctl.paths import Home


def test_each_component_is_one_program_and_no_log_server_listens(tmp_path: Path) -> None:
    programs = {p.name: p for p in AirflowCli(Home(tmp_path)).programs("127.0.0.1", 8080)}
    assert list(programs) == ["api-server", "scheduler", "dag-processor", "triggerer"]
    assert programs["api-server"].command[-6:] == ("--host", "127.0.0.1", "--port", "8080", "--workers", "1")
    assert "--skip-serve-logs" in programs["scheduler"].command
    assert "--skip-serve-logs" in programs["triggerer"].command
    assert {name: p.port for name, p in programs.items() if p.port} == {"api-server": 8080}


def test_the_environment_names_the_home_and_nothing_secret(tmp_path: Path) -> None:
    env = AirflowCli(Home(tmp_path)).env()
    assert set(env) == {"AIRFLOW_HOME", "PATH"}
    assert env["PATH"].startswith(f"{tmp_path}/venv/bin:")
