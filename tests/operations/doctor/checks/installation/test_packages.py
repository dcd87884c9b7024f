from pathlib import Path

import pytest

from mlopsctl.operations.doctor.checks.installation.packages import read_constraints
from mlopsctl.operations.doctor.context import CheckSkipped
from tests.operations.doctor.checks.installation.conftest import Install
from tests.operations.doctor.contexts import doctor_context, findings, outcome


def test_bundled_constraints(tmp_path: Path, install: Install) -> None:
    context = doctor_context(install(tmp_path, "bundled"))
    assert read_constraints(context)["flask"][0].isdigit()


def test_cached_constraints(tmp_path: Path, install: Install) -> None:
    home = install(tmp_path, "computed, from the cache")
    with pytest.raises(CheckSkipped, match="computed, from the cache"):
        read_constraints(doctor_context(home))
    (home / "cache").mkdir()
    (home / "cache/constraints-3.3.2-3.11.computed.txt").write_text("# why\nFlask_Login==0.6.3 ; x\n", "utf-8")
    assert read_constraints(doctor_context(home)) == {"flask-login": "0.6.3"}


def test_constraints_from_a_file_of_the_user(tmp_path: Path, install: Install) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("flask==1.0\n", encoding="utf-8")
    assert read_constraints(doctor_context(install(tmp_path / "home", str(file)))) == {"flask": "1.0"}


def test_package_of_another_version_than_the_constraint_file_requires(tmp_path: Path, install: Install) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("flask==2.2.5\nsqlalchemy==2.0.54\n", encoding="utf-8")
    home = install(tmp_path / "home", str(file))
    for name in ("Flask-3.1.3", "sqlalchemy-2.0.54"):
        (home / f"venv/lib/python3.11/site-packages/{name}.dist-info").mkdir()
    (finding,) = findings("constraints", home)
    assert (finding.verdict, finding.details) == ("error", "flask==2.2.5")
    assert finding.message.startswith("flask is 3.1.3 since 20")


def test_dependencies_that_cannot_be_compared(tmp_path: Path, install: Install) -> None:
    """The Python of the home does not run: uv says so, but names no package."""
    verdict, message = outcome("dependencies", install(tmp_path / "home", "bundled"))
    assert verdict == "error" and "venv/bin/python" in message
