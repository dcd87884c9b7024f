"""`mlopsctl doctor` on the real platform: problems are caused, found, fixed, and checked again."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from mlopsctl.adapters.mariadb.server import MariaDBServer
from mlopsctl.core.deadline import poll
from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live
GROUPS = [word for group in ("machine", "installation", "configuration", "services") for word in ("--only", group)]
IGNORED = {"restarts"}  # other tests kill services, which then may have exited often in the last minutes


def doctor(platform: LivePlatform, *words: str) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = platform.mlopsctl("doctor", *words, "--json", timeout=600).json["data"]["checks"]
    return checks


def problems(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [c for c in checks if c["verdict"] in ("error", "warning") and c["name"] not in IGNORED]


def uv(platform: LivePlatform, *words: str) -> None:
    python = ["--python", str(platform.home / "venv/bin/python")]
    subprocess.run([find_uv_bin(), "pip", *words, *python], check=True, capture_output=True)


def site_packages(platform: LivePlatform) -> Path:
    return next((platform.home / "venv/lib").glob("python3*/site-packages"))


def admin(platform: LivePlatform) -> Any:
    return MariaDBServer(Home(platform.home), 0, "Asia/Seoul").admin


def damage_configuration(platform: LivePlatform) -> None:
    """Permissions, a password, airflow.cfg."""
    secrets, cfg = platform.home / "secrets", platform.home / "airflow/airflow.cfg"
    secrets.chmod(0o755)
    (secrets / "service-password").write_text(f"another at {time.time()}\n", encoding="utf-8")
    (secrets / "api-token").unlink(missing_ok=True)
    text = cfg.read_text(encoding="utf-8").replace("[core]", "[core]\ncheck_slas = True")
    text = text.replace("sql_alchemy_conn = ", "sql_alchemy_conn = sqlite:////tmp/x.db  # ")
    old = "[webserver]\nbase_url = http://127.0.0.1:8080\n[scheduler_old]\nno_such_option = 1\n"
    cfg.write_text(text + old, encoding="utf-8")


def damage_packages(platform: LivePlatform) -> None:
    """One of another version, one missing, one without a file, one that cannot be loaded. Files are replaced, never
    changed: uv's cache may contain the same inode."""
    uv(platform, "install", "--no-deps", "itsdangerous==2.1.2")
    uv(platform, "uninstall", "blinker")
    (site_packages(platform) / "termcolor/py.typed").unlink()
    library = next((site_packages(platform) / "MySQLdb").glob("_mysql*.so"))
    library.unlink()
    library.write_bytes(b"no library")


def kill_supervisord(platform: LivePlatform) -> None:
    pid = int((platform.home / "run/supervisord.pid").read_text(encoding="ascii"))
    os.kill(pid, signal.SIGKILL)
    poll(lambda: not Path(f"/proc/{pid}").exists(), every=0.05, give_up_after=10)


def test_many_problems_at_once_are_found_and_fixed(platform: LivePlatform) -> None:
    platform.healthy()
    assert problems(doctor(platform, *GROUPS)) == []
    damage_configuration(platform)
    damage_packages(platform)
    for host in ("localhost", "127.0.0.1"):
        admin(platform).run(f"REVOKE ALL PRIVILEGES ON `recipe`.* FROM 'mlops'@'{host}'")
    kill_supervisord(platform)

    found = problems(doctor(platform, *GROUPS))
    names = {check["name"] for check in found}
    caused = {"venv", "dependencies", "constraints", "mysqlclient", "secret-files", "metadata-database", "airflow-cfg"}
    assert {*caused, "leftovers", "running"} <= names
    messages = {check["name"]: check["message"] for check in found}
    assert messages["constraints"].startswith("itsdangerous is 2.1.2 since ")
    assert "ImportError" in messages["mysqlclient"]
    assert "flask needs blinker>=1.9.0, but it's not installed." in [c["message"] for c in found]

    after = doctor(platform, *GROUPS, "--fix")
    assert problems(after) == []
    assert {"login", "feature-store-rights", *names} <= {check["name"] for check in after if check["fixed"]}
    cfg = "\n".join(check["message"] for check in after if check["name"] == "airflow-cfg")
    assert "[webserver] base_url, which is [api] base_url now." in cfg
    assert "[scheduler_old] no_such_option, which Airflow does not know and ignores." in cfg
    assert "[core] check_slas, which was removed. " in cfg
    platform.healthy()


def test_mariadb_settings_and_excessive_rights_are_fixed(platform: LivePlatform) -> None:
    words = ("--only", "mariadb-settings", "--only", "feature-store-rights")
    admin(platform).run("SET GLOBAL local_infile = 0")
    admin(platform).run("GRANT SELECT ON *.* TO 'mlops'@'127.0.0.1'")
    rights, settings = problems(doctor(platform, *words))
    assert (rights["name"], rights["verdict"]) == ("feature-store-rights", "warning")
    assert settings["name"] == "mariadb-settings" and "local_infile = OFF" in settings["message"]
    after = doctor(platform, *words, "--fix")
    assert [(c["verdict"], c["fixed"]) for c in after] == [("ok", True)] * 2
    assert platform.features.query("SELECT @@local_infile") == [(1,)]


def test_rejected_password_of_postgresql_is_found(platform: LivePlatform) -> None:
    platform.healthy()
    secret = platform.home / "secrets/postgres-airflow-password"
    right = secret.read_text(encoding="utf-8")
    secret.write_text("wrong\n", encoding="utf-8")
    try:
        (found,) = problems(doctor(platform, "--only", "databases"))
    finally:
        secret.write_text(right, encoding="utf-8")
    assert found["name"] == "databases" and "password authentication failed" in found["message"]


def test_suspended_database_is_resumed(platform: LivePlatform) -> None:
    platform.healthy()
    words = ("--only", "databases", "--only", "heartbeats")
    services = platform.json("status")["data"]["services"]
    os.kill(next(s["pid"] for s in services if s["name"] == "mariadb"), signal.SIGSTOP)
    found = doctor(platform, *words)
    assert [(c["name"], c["message"].split()[0]) for c in problems(found)] == [("heartbeats", "mariadb")]
    assert [c["message"] for c in found if c["verdict"] == "skipped"] == ["mariadb is suspended"]
    assert problems(doctor(platform, *words, "--fix")) == []
    assert platform.features.query("SELECT 1") == [(1,)]


def test_metadata_of_another_release_are_migrated(platform: LivePlatform) -> None:
    head = platform.mlopsctl(
        "db", "shell", "metadata", "--", "-Atc", "SELECT version_num FROM alembic_version_fab"
    ).out.strip()
    python, home = platform.home / "venv/bin/python", platform.home / "airflow"
    env = {"AIRFLOW_HOME": str(home), "PATH": os.environ["PATH"]}
    down = [str(python), "-m", "airflow", "fab-db", "downgrade", "--to-version", "1.4.0", "--yes"]
    subprocess.run(down, env=env, check=True, capture_output=True)
    (found,) = problems(doctor(platform, "--only", "schema"))
    assert found["name"] == "schema" and f"needs {head} (alembic_version_fab)" in found["message"]
    assert [c["fixed"] for c in doctor(platform, "--only", "schema", "--fix")] == [True]


def test_missing_provider_is_reported_but_not_installed(platform: LivePlatform) -> None:
    package = platform.home / "airflow/dags/needs_sqlite"
    package.mkdir()
    text = "from airflow.sdk import dag\nfrom airflow.providers.sqlite.hooks.sqlite import SqliteHook\n"
    try:
        (package / "needs_sqlite.py").write_text(text, encoding="utf-8")
        (found,) = doctor(platform, "--only", "providers", "--fix")
    finally:
        shutil.rmtree(package)
    provider = "apache-airflow-providers-sqlite"
    assert (found["verdict"], found["fixable"]) == ("error", False)
    assert provider in found["message"] and "needs_sqlite/needs_sqlite.py:2" in found["message"]
    assert found["hint"].startswith(f"echo {provider} >> ")
