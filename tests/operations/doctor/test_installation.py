from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.operations.doctor import installation
from mlopsctl.operations.doctor.context import Skipped
from mlopsctl.operations.doctor.installation import constraints
from tests.operations.doctor.contexts import look, place, set_up


def installed(home: Path, constraints: str) -> Path:
    """A home whose venv is no more than a record and a Python."""
    set_up(home)
    (home / "venv/bin").mkdir(parents=True)
    (home / "venv/bin/python").touch()
    (home / "venv/lib/python3.11/site-packages").mkdir(parents=True)
    place(home).platform.venv.write_record(InstallRecord("3.3.2", "3.11", constraints, ""))
    return home


def test_the_constraint_file_of_an_installation(tmp_path: Path) -> None:
    assert constraints(place(installed(tmp_path / "1", "bundled")))["flask"][0].isdigit()
    cached = installed(tmp_path / "2", "computed, from the cache")
    with pytest.raises(Skipped, match=r"the constraint file \(computed, from the cache\) is gone"):
        constraints(place(cached))
    (cached / "cache").mkdir()
    (cached / "cache/constraints-3.3.2-3.11.computed.txt").write_text("# why\nFlask_Login==0.6.3 ; x\n", "utf-8")
    assert constraints(place(cached)) == {"flask-login": "0.6.3"}
    given = tmp_path / "mine.txt"
    given.write_text("flask==1.0\n", encoding="utf-8")
    assert constraints(place(installed(tmp_path / "3", str(given)))) == {"flask": "1.0"}


def test_a_package_of_another_version_is_told_with_its_day(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("flask==2.2.5\nsqlalchemy==2.0.54\n", encoding="utf-8")
    home = installed(tmp_path / "home", str(tmp_path / "mine.txt"))
    site = home / "venv/lib/python3.11/site-packages"
    (site / "Flask-3.1.3.dist-info").mkdir()
    (site / "sqlalchemy-2.0.54.dist-info").mkdir()
    ((verdict, message),) = look("constraints", home)
    assert verdict == "error" and message.startswith("flask is 3.1.3 since 20")
    assert message.endswith(", and the constraint file wants 2.2.5.")


def test_files_of_a_package_that_are_missing_or_of_another_size(tmp_path: Path) -> None:
    info = tmp_path / "x-1.0.dist-info"
    info.mkdir()
    (tmp_path / "a.py").write_text("12345", encoding="ascii")
    rows = "a.py,sha256=0,5\nb.py,sha256=0,7\nc.py,sha256=0,\nx-1.0.dist-info/RECORD,,\n"
    (info / "RECORD").write_text(rows, encoding="ascii")
    (finding,) = installation._damaged(tmp_path)
    assert finding.message == "of x 1.0 b.py and 1 more is missing or changed." and finding.about == "x==1.0"
    (tmp_path / "b.py").write_text("1234567", encoding="ascii")
    (tmp_path / "c.py").touch()
    assert list(installation._damaged(tmp_path)) == []


def test_a_home_without_an_installation(tmp_path: Path) -> None:
    home = set_up(tmp_path)
    assert look("venv", home) == [("error", f"there is no whole installation of Airflow in {home}/venv.")]
    assert look("constraints", home) == [("skipped", "Airflow is not installed")]


def test_a_python_that_does_not_run(tmp_path: Path) -> None:
    home = installed(tmp_path / "home", "bundled")
    ((verdict, message),) = look("venv", home)
    assert verdict == "error" and message.startswith(f"{home}/venv/bin/python does not run")


def test_packages_that_cannot_be_compared(tmp_path: Path) -> None:
    """Its Python does not run: uv says so, and of no package."""
    ((verdict, message),) = look("dependencies", installed(tmp_path / "home", "bundled"))
    assert verdict == "error" and message.startswith("the packages cannot be compared: error: ")
    assert "venv/bin/python" in message
