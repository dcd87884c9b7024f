import os
from pathlib import Path

import pytest

from mlopsctl.core.paths import SERVICES, Home, default_home


def test_default_home_of_root_is_readable_for_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home() == Path("/var/lib/mlopsctl")


def test_default_home_of_a_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".mlopsctl"


def test_layout_is_that_of_the_contract(tmp_path: Path) -> None:
    home = Home(tmp_path)
    paths = {name: getattr(home, name) for name in vars(Home) if isinstance(vars(Home)[name], property)}
    assert all(path.is_relative_to(tmp_path) for path in paths.values())
    assert {path.relative_to(tmp_path).parts[0] for path in paths.values()} == {
        "config.toml", "secrets", "venv", "venv.next", "venv.before", "airflow", "postgres", "mariadb", "models",
        "data", "run", "logs", "cache", "dumps", "redis", "workers",
    }  # fmt: skip


def test_two_homes_share_no_path(tmp_path: Path) -> None:
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    names = [name for name in vars(Home) if isinstance(vars(Home)[name], property)]
    assert not {getattr(one, name) for name in names} & {getattr(other, name) for name in names}


def test_each_service_has_its_own_log(tmp_path: Path) -> None:
    logs = [Home(tmp_path).log_of(service) for service in SERVICES]
    assert len(set(logs)) == len(SERVICES) and {log.parent for log in logs} == {tmp_path / "logs"}
