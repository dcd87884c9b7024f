import os
import socket
from pathlib import Path

import pytest

from mlopsctl.adapters.mariadb.server import DATABASES
from mlopsctl.operations.doctor.configuration import granting, without_rights
from tests.conftest import run_cli
from tests.operations.doctor.contexts import look, mend, set_up
from tests.operations.doctor.test_keys import cfg, home, set_cfg

__all__ = ["home"]


def test_a_setting_that_nobody_reads(tmp_path: Path) -> None:
    home = set_up(tmp_path, 'api_prot = 8081\ncolour = "red"\n')
    assert look("settings", home) == [
        ("warning", "config.toml has a setting that nobody reads: api_prot. Did you mean api_port?"),
        ("warning", "config.toml has a setting that nobody reads: colour."),
    ]


def test_values_that_are_not_what_setup_writes_are_put_back(home: Path) -> None:
    before = cfg(home)
    set_cfg(home, "executor", "SequentialExecutor")
    set_cfg(home, "jwt_secret", "another one that is long enough")
    damaged = cfg(home)
    assert look("airflow-cfg", home) == [
        ("warning", "[api_auth] jwt_secret in airflow.cfg is not what setup writes."),
        ("warning", "[core] executor in airflow.cfg is 'SequentialExecutor', not 'LocalExecutor'."),
    ]
    kept = home / "airflow/airflow.cfg.before"
    assert mend("airflow-cfg", home) == [f"wrote {home}/airflow/airflow.cfg; what it was is in {kept.name}"]
    assert cfg(home) == before and look("airflow-cfg", home) == [("ok", "")]
    assert kept.read_text(encoding="utf-8") == damaged and kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", [None, "no section\n"])
def test_an_airflow_cfg_that_is_gone_or_broken_is_written(text: str | None, home: Path) -> None:
    before, path = cfg(home), home / "airflow/airflow.cfg"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    ((verdict, message),) = look("airflow-cfg", home)
    assert verdict == "error" and ("there is no airflow.cfg" in message or "cannot be read" in message)
    mend("airflow-cfg", home)
    assert cfg(home) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////tmp/airflow.db", "Airflow's metadata cannot be kept in SQLite"),
        ("mysql://u@127.0.0.1/airflow", "Airflow's metadata cannot be kept in MariaDB"),
    ],
)
def test_metadata_where_airflow_cannot_keep_them(url: str, said: str, home: Path) -> None:
    set_cfg(home, "sql_alchemy_conn", url)
    ((verdict, message),) = look("metadata-database", home)
    assert verdict == "error" and message.startswith(said)
    mend("metadata-database", home)
    assert look("metadata-database", home) == [("ok", "")]


def test_variables_that_override_airflow_cfg(home: Path) -> None:
    env = {"AIRFLOW__CORE__PARALLELISM": "1", "AIRFLOW_HOME": "/elsewhere"}
    ran = run_cli("--home", home, "doctor", "--only", "environment", env=env)
    assert ran.code == 1
    assert "AIRFLOW__CORE__PARALLELISM of your shell override airflow.cfg" in ran.out
    assert "hint: unset AIRFLOW__CORE__PARALLELISM\n" in ran.out
    assert "AIRFLOW_HOME of your shell is /elsewhere" in ran.out
    assert run_cli("--home", home, "doctor", "--only", "environment").code == 0


def test_an_api_that_is_set_to_listen_for_all(tmp_path: Path) -> None:
    home = set_up(tmp_path, 'api_host = "0.0.0.0"\n')
    assert look("listening", home) == [("warning", "Airflow's API is set to listen on 0.0.0.0, beyond this machine.")]
    assert look("listening", set_up(tmp_path, 'api_host = "localhost"\n')) == [("ok", "")]


def test_a_port_that_another_program_holds_is_told_with_its_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        home = set_up(tmp_path, f"api_port = {port}\nmariadb_port = {port + 1}\n")
        who = Path("/proc/self/comm").read_text(encoding="utf-8").strip()
        assert look("ports", home) == [
            ("error", f"port {port} of api-server is held by {who} (process {os.getpid()}).")
        ]
    assert look("ports", home) == [("ok", "")]


def test_rights_that_an_account_of_another_server_lacks() -> None:
    """By the rows of SHOW GRANTS, and what its administrator is to say: of those, and of no other."""
    login = "GRANT USAGE ON *.* TO `our team`@`10.0.%` IDENTIFIED BY PASSWORD '*F00'"
    grants = [login, *(f"GRANT ALL PRIVILEGES ON `{name}`.* TO `our team`@`10.0.%`" for name in ("mlops", "recipe"))]
    assert without_rights(grants) == ["mlops_meta", "temp", "warehouse"]
    assert granting(["mlops_meta", "temp"], grants) == (
        r"GRANT ALL ON `mlops\_meta`.* TO `our team`@`10.0.%`; GRANT ALL ON `temp`.* TO `our team`@`10.0.%`;"
    )
    assert without_rights([login]) == list(DATABASES)
    assert without_rights(["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`"]) == []
