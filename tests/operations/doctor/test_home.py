import os
import re
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord, Venv
from mlopsctl.core.errors import as_hint
from mlopsctl.core.paths import Home
from tests.operations.doctor.contexts import findings, look, mend, set_up

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="databases have accounts of their own under root only")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder that all accounts can walk into."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path


@ROOT
def test_a_parent_that_the_databases_accounts_cannot_enter(top: Path) -> None:
    closed = top / "closed"
    closed.mkdir(mode=0o700)
    assert look("parents", closed / "home") == [
        ("error", f"the account mysql cannot enter {closed}, above the home."),
        ("error", f"the account postgres cannot enter {closed}, above the home."),
    ]
    closed.chmod(0o711)
    assert look("parents", closed / "home") == [("ok", "")]


@ROOT
def test_a_home_that_they_cannot_enter_is_opened(top: Path) -> None:
    home = set_up(top / "home")
    home.chmod(0o700)
    assert look("parents", home)[0] == ("error", f"the account mysql cannot enter {home}, which is the home.")
    assert mend("parents", home) == [f"chmod o+x {home}"]
    assert look("parents", home) == [("ok", "")]


def test_a_path_that_is_too_long_for_sockets(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 100)
    ((verdict, message),) = look("socket-path", home)
    assert verdict == "error" and re.match(r"the path of the home is too long: its sockets have \d{3} ", message)
    assert look("socket-path", Path("/tmp/h")) == [("ok", "")]


def test_no_home(tmp_path: Path) -> None:
    assert look("home", tmp_path / "none") == [("error", f"there is no platform in {tmp_path}/none.")]
    assert look("home", set_up(tmp_path / "here")) == [("ok", "")]


@ROOT
def test_a_home_of_somebody_else(tmp_path: Path) -> None:
    home = set_up(tmp_path / "theirs")
    os.chown(home, 65534, 65534)
    assert look("home", home) == [("error", f"{home} belongs to nobody, and you are another.")]


@pytest.mark.parametrize("after", ["venv", "venv.next"])
def test_an_upgrade_that_was_broken_off(after: str, tmp_path: Path) -> None:
    root = set_up(tmp_path)
    assert look("upgrade", root) == [("ok", "")]
    for name, version in ((after, "3.4.0"), ("venv.before", "3.3.2")):
        (root / name).mkdir()
        Venv(Home(root), root / name).write_record(InstallRecord(version, "3.11", "bundled", ""))
    (finding,) = findings("upgrade", root)
    assert finding.message == "an upgrade to Airflow 3.4.0 was broken off, and is to be finished first."
    assert (
        as_hint(finding.hint).text()
        == "mlopsctl upgrade --airflow-version 3.4.0   # or back: mlopsctl upgrade --airflow-version 3.3.2"
    )
    assert look("upgrade", root) == [("error", finding.message)]
