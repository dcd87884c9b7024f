"""PostgreSQL's configuration; the server itself is driven in tests/live."""

from pathlib import Path

from mlopsctl.adapters.postgres import Postgres, sql_text
from mlopsctl.paths import Home


def test_quotes_are_doubled() -> None:
    assert sql_text("it's") == "'it''s'"


def test_it_listens_on_a_socket_only(tmp_path: Path) -> None:
    postgres = Postgres(Home(tmp_path / "홈 with spaces"))
    assert postgres.write_conf()
    assert not postgres.write_conf()
    conf = postgres.conf.read_text()
    assert "listen_addresses = ''" in conf
    assert f"unix_socket_directories = '\"{tmp_path}/홈 with spaces/run/postgres\"'" in conf
    assert (postgres.home.postgres / "pg_hba.conf").read_text() == "local all all scram-sha-256\n"


def test_the_url_holds_the_socket_folder_in_escaped_form(tmp_path: Path) -> None:
    url = Postgres(Home(tmp_path / "a b")).url
    assert url.startswith("postgresql+psycopg2://airflow:")
    assert url.endswith("%2Fa%20b%2Frun%2Fpostgres")
