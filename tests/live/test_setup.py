"""A platform that setup created: its services, accounts and secrets, a second setup, uninstall, and invalid options."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.core.paths import Home
from tests.live.conftest import INSTALL, LivePlatform, end, new_home

pytestmark = pytest.mark.live

STEPS = [
    "check", "supervisor", "airflow", "requirements", "postgres", "mariadb", "configure",
    "initialise", "link", "preload", "seed", "start", "verify",
]  # fmt: skip


def test_a_second_setup_changes_nothing(platform: LivePlatform) -> None:
    answer = platform.json("setup")
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    data = answer["data"]
    assert set(data) == {"steps", "home", "api_url", "admin_user", "airflow_version", "constraints"}
    assert {step["state"] for step in data["steps"]} == {"ok"}
    assert sorted(step["name"] for step in data["steps"]) == sorted(STEPS)
    assert all(set(step) == {"name", "state", "seconds", "detail"} for step in data["steps"])
    assert data["airflow_version"] == "3.3.2"


def test_status_of_a_healthy_platform(platform: LivePlatform) -> None:
    data = platform.json("status")["data"]
    assert set(data) == {
        "home", "api_url", "airflow_version", "healthy", "services", "components", "dags", "import_errors",
        "not_preloaded", "workers", "head",
    }  # fmt: skip
    assert data["healthy"] is True
    assert data["import_errors"] == 0
    assert [s["name"] for s in data["services"]] == [
        "postgres", "mariadb", "api-server", "scheduler", "dag-processor", "triggerer",
    ]  # fmt: skip
    assert all(set(s) == {"name", "state", "pid", "seconds_up", "port"} for s in data["services"])
    assert set(data["components"].values()) == {"healthy"}


def test_the_admin_can_log_in(platform: LivePlatform) -> None:
    data = platform.json("status")["data"]
    password = (platform.home / "secrets" / "admin-password").read_text().strip()
    answer = httpx.post(f"{data['api_url']}/auth/token", json={"username": "admin", "password": password}, timeout=30)
    assert answer.status_code == 201


def test_nothing_listens_beyond_loopback(platform: LivePlatform) -> None:
    def listening(process: Any) -> set[str]:
        try:
            return {c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        except psutil.NoSuchProcess:  # a connection of a database may have ended
            return set()

    assert set().union(*map(listening, platform.processes())) == {"127.0.0.1"}


def test_only_the_owner_can_read_secrets(platform: LivePlatform) -> None:
    secrets = platform.home / "secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    files = [*secrets.iterdir(), platform.home / "airflow" / "airflow.cfg"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    passwords = {f.read_text().strip() for f in secrets.glob("*password")}
    checked = 0
    for process in platform.processes():
        try:
            visible = " ".join([*process.cmdline(), *process.environ().values()])
        except psutil.NoSuchProcess:  # a connection of a database may have ended
            continue
        assert not any(password in visible for password in passwords)
        checked += 1
    assert checked >= 7, "supervisord and six services"


def test_the_feature_store_account_can_only_use_our_databases(platform: LivePlatform) -> None:
    grants = [row[0].replace("\\", "") for row in platform.features.query("SHOW GRANTS")]
    assert grants[0].startswith("GRANT USAGE ON *.*")
    databases = sorted(g.split("`")[1] for g in grants[1:])
    assert databases == ["mlops", "mlops_meta", "recipe", "temp", "warehouse"]
    assert platform.features.query("SELECT @@time_zone, @@local_infile") == [("+09:00", 1)]


@pytest.mark.parametrize("service", ["mariadb", "postgres"])  # the scheduler: test_backfill.py
def test_a_killed_service_is_restarted(platform: LivePlatform, service: str) -> None:
    """By another process, and the platform becomes healthy again."""
    supervisor, until = Supervisor(Home(platform.home)), time.monotonic() + 180
    before = supervisor.states()[service].pid
    assert before
    os.kill(before, signal.SIGKILL)
    while supervisor.states()[service].pid in (None, before):
        assert time.monotonic() < until
        time.sleep(0.2)
    platform.healthy()
    assert platform.json("db", "check")["status"] == "ok"


def test_scripts_can_query_both_databases(platform: LivePlatform) -> None:
    features = platform.mlopsctl(
        "db", "shell", "features", "--", "-N", "-e", "SELECT COUNT(*) FROM cust_info WHERE base_dt = '20231201'"
    )
    assert features.out.strip() == "1640"
    sql = "SELECT conn_id FROM connection ORDER BY 1"
    metadata = platform.mlopsctl("db", "shell", "metadata", "--", "-At", "-c", sql)
    assert metadata.out.split() == ["airflow_api", "alert_webhook", "feature_store", "smtp_default"]


def test_the_command_line_of_airflow(platform: LivePlatform) -> None:
    assert platform.mlopsctl("airflow", "--", "version").out.strip().endswith("3.3.2")
    assert f"export AIRFLOW_HOME={platform.home}/airflow" in platform.mlopsctl("env").out


def test_users(platform: LivePlatform, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a long 비밀번호\n")
    made = platform.json("user", "create", "kim", "--role", "Viewer", "--password-file", str(tmp_path / "password"))
    assert made["data"]["username"] == "kim"
    users = platform.json("user", "list")["data"]["users"]
    assert {"username": "kim", "role": "Viewer", "email": "kim@localhost"} in users
    assert platform.mlopsctl("user", "create", "kim").code == 1
    assert platform.mlopsctl("user", "delete", "kim").code == 1  # cannot ask without a terminal
    assert platform.mlopsctl("user", "delete", "mlopsctl", "--yes").code == 1
    assert platform.mlopsctl("user", "delete", "kim", "--yes").code == 0
    assert "kim" not in {u["username"] for u in platform.json("user", "list")["data"]["users"]}


def test_a_new_admin_password_is_stored(platform: LivePlatform, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("another one\n")
    assert platform.mlopsctl("user", "passwd", "admin", "--password-file", str(tmp_path / "password")).code == 0
    assert (platform.home / "secrets" / "admin-password").read_text() == "another one\n"
    test_the_admin_can_log_in(platform)
    assert platform.mlopsctl("user", "delete", "admin", "--yes").code == 1
    assert {s["state"] for s in platform.json("setup")["data"]["steps"]} == {"ok"}


def test_a_second_command_is_refused_while_one_runs(platform: LivePlatform) -> None:
    script = "import sys, time; from pathlib import Path; from mlopsctl.adapters.files import locked\n"
    script += "with locked(Path(sys.argv[1]), 'seed'): print('held', flush=True); time.sleep(30)"
    python = Path(platform.command()[0]).with_name("python")
    with subprocess.Popen([python, "-c", script, platform.home / "run" / "lock"], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        refused = platform.mlopsctl("stop")
        holder.kill()
    assert refused.code == 1
    assert f"mlopsctl seed (process {holder.pid}) is running in this home" in refused.err


def test_processes_that_a_task_leaves_running_do_not_delay_a_stop(platform: LivePlatform) -> None:
    platform.json("trigger", "live_processes", "--wait")
    (left,) = platform.mlopsctl("doctor", "--only", "leftovers", "--json").json["data"]["checks"]
    assert "1 process " in left["message"], "the workers of joblib have ended with the task"
    assert "started by task work of DAG live_processes" in left["message"]
    begin = time.monotonic()
    assert platform.mlopsctl("restart", "scheduler").code == 0
    assert time.monotonic() - begin < 40, "Airflow waits 60 s for processes that hold a task's pipes"
    assert platform.mlopsctl("doctor", "--only", "leftovers").code == 0


def test_stop_ends_orphaned_services_and_start_can_start_one(platform: LivePlatform) -> None:
    supervisor = int((platform.home / "run" / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)  # its services keep running
    assert platform.mlopsctl("stop").code == 0
    assert platform.processes() == []
    stopped = platform.mlopsctl("status", "--json")
    assert stopped.code == 1
    assert {s["state"] for s in stopped.json["data"]["services"]} == {"stopped"}
    assert platform.mlopsctl("start", "mariadb").code == 0
    states = platform.mlopsctl("status", "--json").json["data"]["services"]
    assert [s["name"] for s in states if s["state"] != "stopped"] == ["mariadb"]


def test_a_platform_can_be_set_up_again_after_uninstall(platform: LivePlatform) -> None:
    model = platform.home / "models" / "live_kept" / "model.joblib"
    model.parent.mkdir(parents=True)
    model.touch()
    assert platform.mlopsctl("uninstall").code == 1  # cannot ask without a terminal
    venv, kept = platform.home / "venv", platform.home.parent / "venv"
    shutil.copytree(venv, kept, symlinks=True, copy_function=os.link)
    assert platform.mlopsctl("uninstall", "--yes").code == 0
    assert {p.name for p in platform.home.iterdir()} == {
        "airflow", "config.toml", "mariadb", "models", "postgres", "secrets",
    }  # fmt: skip
    model.unlink()
    model.parent.rmdir()
    kept.rename(venv)  # test_upgrade.py installs the packages again
    platform.json("setup", timeout=INSTALL)
    assert platform.json("status")["data"]["healthy"] is True


def test_a_busy_port_is_replaced() -> None:
    home = new_home("home")
    with closing(socket.socket()) as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        answer = LivePlatform(home).json("setup", "--dry-run", "--api-port", str(port))
    assert answer["status"] == "planned"
    assert answer["data"]["api_url"] != f"http://127.0.0.1:{port}"
    assert not home.exists()
    home.parent.rmdir()


NO_NETWORK = {"HTTPS_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("words", "env", "code", "named"),
    [
        (["--seed-from", "2023-13-01"], {}, "usage", "2023-13-01"),
        (["--seed-from", "2024-02-01", "--seed-to", "2024-01-01"], {}, "usage", "after"),
        (["--timezone", "Asia/Soul"], {}, "usage", "Asia/Soul"),
        (["--constraints", "/nowhere.txt"], {}, "no-constraints", "/nowhere.txt"),
        (["--airflow-version", "2.6.3"], {}, "unknown-version", "2.7.3"),
        (["--metadata-db", "sqlite:////tmp/x.db"], {}, "metadata-db", "SQLite"),
        (["--metadata-db", "mysql://u@h/db"], {}, "metadata-db", "MariaDB"),
        (["--metadata-db", "postgresql://u:secret@h/db"], {}, "usage", "MLOPSCTL_SETUP_METADATA_DB"),
        (["--dags", "/nowhere"], {}, "no-dags", "/nowhere"),
        (["--python", "2.7"], {}, "python", "2.7"),
        (["--requirements", "/nowhere.txt"], {}, "no-requirements", "/nowhere.txt"),
        (["--no-seed"], NO_NETWORK, "no-network", "package index"),
    ],
)
def test_invalid_options_are_refused(
    words: list[str], env: dict[str, str], code: str, named: str, tmp_path: Path
) -> None:
    live = LivePlatform(new_home("home"))
    try:
        empty_cache = {"UV_CACHE_DIR": str(tmp_path)}
        result = live.mlopsctl("setup", "--json", *words, env=env | empty_cache)
        assert result.code == (2 if code == "usage" else 1), result.out + result.err
        error = result.json["errors"][0]
        assert error["code"] == code, result.out  # not the list: pytest shortens it
        assert named in error["message"] + error["hint"]
    finally:
        end(live)
