"""The doctor on the real platform: faults are caused, found, mended, and looked for again."""

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
from mlopsctl.core.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live
OURS = [word for group in ("machine", "installation", "configuration", "services") for word in ("--only", group)]
# Other tests kill services: some of them may have ended often lately.
CALM = {"restarts"}


def doctor(platform: LivePlatform, *words: str) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = platform.mlopsctl("doctor", *words, "--json", timeout=600).json["data"]["checks"]
    return checks


def bad(checks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Names and messages of what was found."""
    return [(c["name"], c["message"]) for c in checks if c["verdict"] in ("error", "warning") and c["name"] not in CALM]


def uv(platform: LivePlatform, *words: str) -> None:
    python = ["--python", str(platform.home / "venv/bin/python")]
    subprocess.run([find_uv_bin(), "pip", *words, *python], check=True, capture_output=True)


def site(platform: LivePlatform) -> Path:
    return next((platform.home / "venv/lib").glob("python3*/site-packages"))


def admin(platform: LivePlatform) -> Any:
    return MariaDBServer(Home(platform.home), 0, "Asia/Seoul").admin


def spoil_files(platform: LivePlatform) -> None:
    """Rights, a password, airflow.cfg."""
    secrets, cfg = platform.home / "secrets", platform.home / "airflow/airflow.cfg"
    secrets.chmod(0o755)
    (secrets / "service-password").write_text(f"another at {time.time()}\n", encoding="utf-8")
    (secrets / "api-token").unlink(missing_ok=True)
    text = cfg.read_text(encoding="utf-8").replace("[core]", "[core]\ncheck_slas = True")
    text = text.replace("sql_alchemy_conn = ", "sql_alchemy_conn = sqlite:////tmp/x.db  # ")
    old = "[webserver]\nbase_url = http://127.0.0.1:8080\n[scheduler_old]\nno_such_option = 1\n"
    cfg.write_text(text + old, encoding="utf-8")


def spoil_packages(platform: LivePlatform) -> None:
    """One of another version, one gone, one without a file, one that cannot be loaded. Never in place: uv's cache may
    hold the same file."""
    uv(platform, "install", "--no-deps", "itsdangerous==2.1.2")
    uv(platform, "uninstall", "blinker")
    (site(platform) / "termcolor/py.typed").unlink()
    library = next((site(platform) / "MySQLdb").glob("_mysql*.so"))
    library.unlink()
    library.write_bytes(b"no library")


def test_many_faults_at_once_are_found_and_mended(platform: LivePlatform) -> None:
    platform.healthy()
    assert bad(doctor(platform, *OURS)) == []
    spoil_files(platform)
    spoil_packages(platform)
    for host in ("localhost", "127.0.0.1"):
        admin(platform).run(f"REVOKE ALL PRIVILEGES ON `recipe`.* FROM 'mlops'@'{host}'")
    supervisord = int((platform.home / "run/supervisord.pid").read_text(encoding="ascii"))
    os.kill(supervisord, signal.SIGKILL)
    until = time.monotonic() + 10
    while Path(f"/proc/{supervisord}").exists() and time.monotonic() < until:
        time.sleep(0.05)

    listed = bad(doctor(platform, *OURS))
    found = dict(listed)
    caused = {"venv", "dependencies", "constraints", "mysqlclient", "secret-files", "metadata-database", "airflow-cfg"}
    assert {*caused, "leftovers", "running"} <= set(found)
    assert found["constraints"].startswith("itsdangerous is 2.1.2 since ")
    assert ("dependencies", "flask needs blinker>=1.9.0, but it's not installed.") in listed
    assert found["mysqlclient"].startswith("mysqlclient cannot be loaded: ImportError: ")

    after = doctor(platform, *OURS, "--fix")
    assert bad(after) == []
    fixed = {c["name"]: c["message"] for c in after if c["fixed"]}
    assert {"login", "feature-store-rights", *(set(found) - CALM)} <= set(fixed)
    messages = [c["message"] for c in after if c["name"] == "airflow-cfg"]
    assert "airflow.cfg sets [webserver] base_url, which is [api] base_url now." in messages
    assert (
        "airflow.cfg sets [scheduler_old] no_such_option, which is none that Airflow knows; it is ignored." in messages
    )
    assert any(message.startswith("airflow.cfg sets [core] check_slas, which was removed. ") for message in messages)
    platform.healthy()


def test_settings_of_mariadb_and_rights_that_are_too_wide(platform: LivePlatform) -> None:
    words = ("--only", "mariadb-settings", "--only", "feature-store-rights")
    admin(platform).run("SET GLOBAL local_infile = 0")
    admin(platform).run("GRANT SELECT ON *.* TO 'mlops'@'127.0.0.1'")
    assert bad(doctor(platform, *words)) == [
        (
            "feature-store-rights",
            "the feature store's account may touch all databases of the server, its accounts too.",
        ),
        ("mariadb-settings", "MariaDB runs with local_infile = OFF, and its my.cnf says 1."),
    ]
    after = doctor(platform, *words, "--fix")
    assert [(c["verdict"], c["fixed"]) for c in after] == [("ok", True)] * 2
    assert platform.features.query("SELECT @@local_infile") == [(1,)]


def test_a_database_that_does_not_answer(platform: LivePlatform) -> None:
    platform.healthy()
    words = ("--only", "databases", "--only", "heartbeats")
    secret = platform.home / "secrets/postgres-airflow-password"
    right = secret.read_text(encoding="utf-8")
    secret.write_text("wrong\n", encoding="utf-8")
    try:
        seen = doctor(platform, "--only", "databases")
        assert bad(seen), seen
        ((name, message),) = bad(seen)
    finally:
        secret.write_text(right, encoding="utf-8")
    assert name == "databases" and "password authentication failed" in message

    services = platform.json("status")["data"]["services"]
    os.kill(next(s["pid"] for s in services if s["name"] == "mariadb"), signal.SIGSTOP)
    found = doctor(platform, *words)
    assert bad(found) == [("heartbeats", "mariadb is halted (by SIGSTOP, or a debugger) and does nothing.")]
    assert [c["message"] for c in found if c["verdict"] == "skipped"] == ["mariadb is halted"]
    assert bad(doctor(platform, *words, "--fix")) == []
    assert platform.features.query("SELECT 1") == [(1,)]


def test_metadata_of_another_release_are_migrated(platform: LivePlatform) -> None:
    head = platform.mlopsctl(
        "db", "shell", "metadata", "--", "-Atc", "SELECT version_num FROM alembic_version_fab"
    ).out.strip()
    python, home = platform.home / "venv/bin/python", platform.home / "airflow"
    env = {"AIRFLOW_HOME": str(home), "PATH": os.environ["PATH"]}
    down = [str(python), "-m", "airflow", "fab-db", "downgrade", "--to-version", "1.4.0", "--yes"]
    subprocess.run(down, env=env, check=True, capture_output=True)
    ((name, message),) = bad(doctor(platform, "--only", "schema"))
    assert name == "schema" and message.endswith(f"the installed Airflow needs {head} (alembic_version_fab).")
    assert [c["fixed"] for c in doctor(platform, "--only", "schema", "--fix")] == [True]


def test_a_provider_that_a_dag_imports_is_named_and_not_installed(platform: LivePlatform) -> None:
    package = platform.home / "airflow/dags/needs_sqlite"
    package.mkdir()
    text = "from airflow.sdk import dag\nfrom airflow.providers.sqlite.hooks.sqlite import SqliteHook\n"
    try:
        (package / "needs_sqlite.py").write_text(text, encoding="utf-8")
        found = doctor(platform, "--only", "providers", "--fix")
        provider = "apache-airflow-providers-sqlite"
        said = f"the provider {provider}, which needs_sqlite/needs_sqlite.py:2 imports, is not installed."
        assert bad(found) == [("providers", said)]
        assert [c["hint"].startswith(f"echo {provider} >> ") for c in found] == [True]
    finally:
        shutil.rmtree(package)
