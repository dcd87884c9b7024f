"""PostgreSQL's configuration; the server itself is driven in tests/live."""

from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.adapters.postgres import server
from mlopsctl.adapters.postgres.server import Postgres, sql_text
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.paths import Home


def test_quotes_are_doubled() -> None:
    assert sql_text("it's") == "'it''s'"


def test_it_listens_on_a_socket_only(tmp_path: Path) -> None:
    made = Postgres(Home(tmp_path / "홈 with spaces"))
    assert made.write_conf()
    assert not made.write_conf()
    conf = made.conf.read_text()
    assert "listen_addresses = ''" in conf
    assert f"unix_socket_directories = '\"{tmp_path}/홈 with spaces/run/postgres\"'" in conf
    assert (made.home.postgres / "pg_hba.conf").read_text() == "local all all scram-sha-256\n"


def test_the_url_holds_the_socket_folder_in_escaped_form(tmp_path: Path) -> None:
    home = Home(tmp_path / "a b")
    make_secret(home.secret("postgres-airflow-password"))
    url = Postgres(home).url
    assert url.startswith("postgresql+psycopg2://airflow:")
    assert url.endswith("%2Fa%20b%2Frun%2Fpostgres")


def test_a_password_that_is_lost_is_never_made_by_a_question(tmp_path: Path) -> None:
    lost = Postgres(Home(tmp_path))
    for ask in (lambda: lost.url, lost.client, lambda: lost.query("SELECT 1")):
        with pytest.raises(MlopsctlError, match=r"the secret .*/postgres-airflow-password is missing"):
            ask()
    assert not list(tmp_path.iterdir()), "nor is pgpass"


def answering(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Postgres:
    """One whose psql ends like this; psql's own codes: its manual, EXIT STATUS."""
    psql = folder / "psql"
    psql.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    psql.chmod(0o755)
    monkeypatch.setattr(server, "find_program", lambda name: str(folder / name))
    home = Home(folder / "home")
    make_secret(home.secret("postgres-airflow-password"))
    return Postgres(home)


def test_one_that_cannot_be_reached_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = answering(tmp_path, monkeypatch, "echo 'psql: error: no such file' >&2; echo '\tIs it there?' >&2; exit 2")
    with pytest.raises(Unavailable) as caught:
        away.query("SELECT 1")
    assert caught.value.message == "Airflow's metadata database does not answer: psql: error: no such file."


def test_one_that_takes_too_long_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="does not answer: psql did not end within"):
        answering(tmp_path, monkeypatch, "exec sleep 5").query("SELECT 1", patience=0.2)


@pytest.mark.parametrize("code", [3, 1])
def test_a_question_that_it_refuses_is_told_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    script = f"""echo 'ERROR:  relation "dag_run" does not exist' >&2; exit {code}"""
    with pytest.raises(MlopsctlError) as caught:
        answering(tmp_path, monkeypatch, script).query("SELECT 1")
    assert not isinstance(caught.value, Unavailable)
    assert caught.value.message.endswith('refuses a question: ERROR:  relation "dag_run" does not exist')
