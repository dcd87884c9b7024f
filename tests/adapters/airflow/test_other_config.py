"""The configuration of another Airflow: its file, the variables that Airflow prefers, and what it gets elsewhere."""

from pathlib import Path

import pytest

from mlopsctl.adapters.airflow import other_config
from mlopsctl.core.errors import MlopsctlError

CFG = """[core]
dags_folder = $AIRFLOW_HOME/dags
fernet_key =
parallelism = 8
default_timezone = utc
executor = LocalExecutor
[database]
sql_alchemy_conn = postgresql://u:p%%40@h/db
[logging]
log_format = [%%(asctime)s] {%%(filename)s}
"""


def config(home: Path, text: str = CFG, **variables: str) -> other_config.OtherConfig:
    (home / "airflow.cfg").write_text(text)
    return other_config.read(home, variables)


def test_values_are_read_as_airflow_reads_them(tmp_path: Path) -> None:
    read = config(tmp_path)
    assert read.get("core", "dags_folder") == f"{tmp_path}/dags"
    assert read.get("database", "sql_alchemy_conn") == "postgresql://u:p%40@h/db"
    assert read.get("core", "fernet_key") == read.get("core", "nothing") == ""


def test_a_variable_is_preferred_and_named(tmp_path: Path) -> None:
    read = config(tmp_path, AIRFLOW__CORE__FERNET_KEY="key", AIRFLOW__CORE__PARALLELISM="4", HOME="/x")
    assert read.get("core", "fernet_key") == "key"
    assert read.used == {"AIRFLOW__CORE__FERNET_KEY"}


@pytest.mark.parametrize("suffix", ["cmd", "secret"])
def test_a_value_from_a_command_or_a_secrets_backend_is_not_fetched(tmp_path: Path, suffix: str) -> None:
    text = f"[core]\nfernet_key_{suffix} = touch {tmp_path}/run\n"
    with pytest.raises(MlopsctlError) as caught:
        config(tmp_path, text).get("core", "fernet_key")
    assert caught.value.code == "indirect-option" and "--fernet-key-file" in caught.value.hint.command
    with pytest.raises(MlopsctlError):
        config(tmp_path, CFG, **{f"AIRFLOW__CORE__FERNET_KEY_{suffix.upper()}": "x"}).get("core", "fernet_key")
    assert not (tmp_path / "run").exists()


def test_options_that_differ_from_airflows_defaults(tmp_path: Path) -> None:
    assert config(tmp_path).changed_options() == {"core.parallelism": ("8", "32")}
    assert config(tmp_path, "[secrets]\nbackend = a.Vault\n").changed_options() == {"secrets.backend": ("a.Vault", "")}


def test_a_database_is_enough_where_all_options_are_variables(tmp_path: Path) -> None:
    (tmp_path / "airflow.db").touch()
    assert other_config.read(tmp_path, {}).get("core", "fernet_key") == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "no-airflow-home"), (b"fernet_key = x\n", "unreadable"), (b"[core]\na = \xff\n", "unreadable")],
)
def test_a_directory_that_cannot_be_read_is_reported(tmp_path: Path, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / "airflow.cfg").write_bytes(content)
    with pytest.raises(MlopsctlError) as caught:
        other_config.read(tmp_path, {})
    assert caught.value.code == code and caught.value.hint
    with pytest.raises(MlopsctlError):
        other_config.read(tmp_path / "gone", {})
