import shutil
from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.core.errors import MlopsctlError, as_hint
from mlopsctl.operations.setup.configure import Configure
from mlopsctl.operations.setup.request import Request
from tests.operations.doctor.contexts import findings, look, mend, place, set_up

SECRETS = ("postgres-airflow-password", "service-password", "admin-password", "mariadb-mlops-password")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with airflow.cfg and all its secrets, as setup writes them."""
    home = set_up(tmp_path / "home")
    for name in SECRETS:
        make_secret(home / "secrets" / name)
    list(Configure(Request(place(home).platform)).do())
    for path in (home / "secrets").iterdir():
        path.chmod(0o600)
    return home


def cfg(home: Path) -> str:
    return (home / "airflow/airflow.cfg").read_text(encoding="utf-8")


def set_cfg(home: Path, option: str, value: str) -> None:
    """Put `value` where the option stands."""
    lines = [f"{option} = {value}" if line.startswith(f"{option} = ") else line for line in cfg(home).splitlines()]
    (home / "airflow/airflow.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_what_setup_makes_is_well(home: Path) -> None:
    for name in ("keys", "secrets", "secret-files", "metadata-database", "settings"):
        assert look(name, home) == [("ok", "")]


@pytest.mark.parametrize(
    ("value", "wrong"), [("temporary_key", "one that everybody knows"), ("abc", "too short"), ("", "empty")]
)
def test_a_key_that_can_be_guessed_is_made_anew(value: str, wrong: str, home: Path) -> None:
    set_cfg(home, "secret_key", value)
    assert look("keys", home) == [("error", f"[api] secret_key in airflow.cfg is {wrong}.")]
    before = (home / "secrets/api-secret").read_text(encoding="utf-8")
    assert mend("keys", home)[-1] == "a new api-secret, in airflow.cfg too"
    after = (home / "secrets/api-secret").read_text(encoding="utf-8")
    assert after != before and f"secret_key = {after}" in cfg(home)
    assert look("keys", home) == [("ok", "")]


def test_a_fernet_key_from_a_tutorial_is_left_to_a_person(home: Path) -> None:
    set_cfg(home, "fernet_key", "46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=")
    found = list(findings("keys", home))
    assert [(f.message, f.fixable) for f in found] == [
        ("[core] fernet_key in airflow.cfg is one that everybody knows.", False)
    ]
    assert as_hint(found[0].hint).text().startswith("mlopsctl connection export ")


def test_a_home_that_was_copied_shares_its_keys(home: Path) -> None:
    shutil.copytree(home, home.with_name("copy"))
    assert [message for _, message in look("keys", home)] == [
        f"[core] fernet_key in airflow.cfg is also that of {home.parent}/copy.",
        f"[api] secret_key in airflow.cfg is also that of {home.parent}/copy.",
        f"[api_auth] jwt_secret in airflow.cfg is also that of {home.parent}/copy.",
    ]


def test_a_key_that_is_gone_is_brought_back_from_airflow_cfg(home: Path) -> None:
    for name in ("fernet-key", "jwt-secret", "postgres-airflow-password"):
        path = home / "secrets" / name
        before = path.read_text(encoding="utf-8")
        path.unlink()
        assert look("secrets", home) == [("error", f"the secret {path} is missing.")]
        assert mend("secrets", home) == [f"{name} brought back from airflow.cfg"]
        assert path.read_text(encoding="utf-8") == before and path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_lost_altogether_is_made_anew_where_nothing_lasts_that_it_has_written(home: Path) -> None:
    path = home / "secrets/jwt-secret"
    path.unlink()
    set_cfg(home, "jwt_secret", "")
    assert [(finding.fixable, as_hint(finding.hint).text()) for finding in findings("secrets", home)] == [(True, "")]
    assert mend("secrets", home)[-1] == "a new jwt-secret, in airflow.cfg too"
    assert f"jwt_secret = {path.read_text(encoding='utf-8').strip()}" in cfg(home)
    assert look("secrets", home) == look("keys", home) == [("ok", "")]


def test_airflow_cfg_is_not_written_with_a_new_key_for_what_an_old_one_has_encrypted(home: Path) -> None:
    key = home / "secrets/fernet-key"
    before = key.read_text(encoding="utf-8")
    key.unlink()
    set_cfg(home, "sql_alchemy_conn", "sqlite:////tmp/x.db")
    mend("metadata-database", home)
    assert key.read_text(encoding="utf-8") == before and f"fernet_key = {before.strip()}=" in cfg(home)
    key.unlink()
    set_cfg(home, "sql_alchemy_conn", "sqlite:////tmp/x.db")
    set_cfg(home, "fernet_key", "")
    with pytest.raises(MlopsctlError, match="the secret fernet-key is missing"):
        mend("metadata-database", home)
    assert not key.exists()


def test_a_password_that_is_gone_is_left_to_setup(home: Path) -> None:
    (home / "secrets/service-password").unlink()
    (finding,) = findings("secrets", home)
    assert (finding.fixable, as_hint(finding.hint).text()) == (False, "mlopsctl setup")


def test_what_others_can_read_is_closed(home: Path) -> None:
    (home / "secrets").chmod(0o755)
    (home / "secrets/jwt-secret").chmod(0o644)
    (home / "airflow/airflow.cfg").chmod(0o640)
    assert look("secret-files", home) == [
        ("error", f"{home}/secrets can be entered by others (0755)."),
        ("error", f"{home}/airflow/airflow.cfg can be read by others (0640)."),
        ("error", f"{home}/secrets/jwt-secret can be read by others (0644)."),
    ]
    assert [mend("secret-files", home)[0].split()[1] for _ in range(3)] == ["700", "600", "600"]
    assert look("secret-files", home) == [("ok", "")]
