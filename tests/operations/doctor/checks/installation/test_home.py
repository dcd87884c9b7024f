import os
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.core.paths import Home
from tests.operations.doctor.contexts import findings, is_ok, make_home


def test_missing_home(tmp_path: Path) -> None:
    (finding,) = findings("home", tmp_path / "none")
    assert finding.hint.command == ("setup",) and not (tmp_path / "none").exists()
    assert is_ok("home", make_home(tmp_path / "here"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner of a folder")
def test_home_of_another_account(tmp_path: Path) -> None:
    home = make_home(tmp_path / "theirs")
    os.chown(home, 65534, 65534)
    (finding,) = findings("home", home)
    assert finding.hint.line == f"sudo -u nobody mlopsctl --home {home} doctor"


@pytest.mark.parametrize("after", ["venv", "venv.next"])
def test_interrupted_upgrade(after: str, tmp_path: Path) -> None:
    root = make_home(tmp_path)
    assert is_ok("upgrade", root)
    for name, version in ((after, "3.4.0"), ("venv.before", "3.3.2")):
        (root / name).mkdir()
        Venv(Home(root), root / name).write_record(InstallRecord(version, "3.11", "bundled", ""))
    (finding,) = findings("upgrade", root)
    assert finding.verdict == "error" and "3.4.0" in finding.message
    assert finding.hint.command == ("upgrade", "--airflow-version", "3.4.0")
    assert finding.hint.other == ("upgrade", "--airflow-version", "3.3.2")
