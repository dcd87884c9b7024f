"""PostgreSQL's configuration and its client. tests/live uses a server."""

from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.adapters.postgres import server
from mlopsctl.adapters.postgres.server import Postgres, sql_text
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.paths import Home


def test_quotes_are_doubled() -> None:
    assert sql_text("it's") == "'it''s'"


def test_configuration_listens_on_a_socket_only(tmp_path: Path) -> None:
    made = Postgres(Home(tmp_path / "홈 with spaces"))
    assert made.write_conf()
    assert not made.write_conf()
    conf = made.conf.read_text()
    assert "listen_addresses = ''" in conf
    assert f"unix_socket_directories = '\"{tmp_path}/홈 with spaces/run/postgres\"'" in conf
    assert (made.home.postgres / "pg_hba.conf").read_text() == "local all all scram-sha-256\n"


def test_socket_folder_is_escaped_in_the_url(tmp_path: Path) -> None:
    home = Home(tmp_path / "a b")
    make_secret(home.secret("postgres-airflow-password"))
    url = Postgres(home).url
    assert url.startswith("postgresql+psycopg2://airflow:")
    assert url.endswith("%2Fa%20b%2Frun%2Fpostgres")


def test_missing_password_is_not_created_by_a_query(tmp_path: Path) -> None:
    postgres = Postgres(Home(tmp_path))
    for ask in (lambda: postgres.url, postgres.client, lambda: postgres.query("SELECT 1")):
        with pytest.raises(MlopsctlError, match=r"the secret .*/postgres-airflow-password is missing"):
            ask()
    assert not list(tmp_path.iterdir()), "not even pgpass"


def with_psql(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Postgres:
    """One whose psql is this script. Exit codes: EXIT STATUS in psql's manual."""
    psql = folder / "psql"
    psql.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    psql.chmod(0o755)
    monkeypatch.setattr(server, "find_program", lambda name: str(folder / name))
    home = Home(folder / "home")
    make_secret(home.secret("postgres-airflow-password"))
    return Postgres(home)


def test_no_connection_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = with_psql(
        tmp_path, monkeypatch, "echo 'psql: error: no such file' >&2; echo '\tIs it there?' >&2; exit 2"
    )
    with pytest.raises(Unavailable) as caught:
        postgres.query("SELECT 1")
    assert caught.value.message == "Airflow's metadata database does not answer: psql: error: no such file."


def test_timeout_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="does not answer: psql did not end within"):
        with_psql(tmp_path, monkeypatch, "exec sleep 5").query("SELECT 1", timeout=0.2)


@pytest.mark.parametrize("code", [3, 1])
def test_failed_query_has_psqls_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    script = f"""echo 'ERROR:  relation "dag_run" does not exist' >&2; exit {code}"""
    with pytest.raises(MlopsctlError) as caught:
        with_psql(tmp_path, monkeypatch, script).query("SELECT 1")
    assert not isinstance(caught.value, Unavailable)
    assert caught.value.message.endswith('rejected a query: ERROR:  relation "dag_run" does not exist')
