import sys
from pathlib import Path

import pytest

from mlopsctl.operations.doctor.check import Check, Group
from mlopsctl.operations.doctor.registry import CHECKS
from tests.operations.doctor.contexts import findings, is_ok, make_home, outcome


def test_missing_system_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    (finding,) = findings("packages", tmp_path / "home")
    packages = finding.hint.line.removeprefix("sudo apt-get install -y --no-install-recommends ").split()
    assert {"mariadb-server", "gcc", "pkg-config", "libmariadb-dev", "util-linux"} <= set(packages)
    assert ", ".join(packages) in finding.message


def test_missing_python(tmp_path: Path) -> None:
    verdict, message = outcome("python", make_home(tmp_path, 'python = "/nowhere/python3"\n'))
    assert verdict == "error" and "/nowhere/python3" in message
    assert is_ok("python", make_home(tmp_path))


def test_release_without_a_constraint_file_is_a_warning(tmp_path: Path) -> None:
    verdict, message = outcome("python", make_home(tmp_path, 'airflow_version = "3.2.1"\n'))
    assert verdict == "warning" and "Airflow 3.2.1" in message


@pytest.mark.parametrize("check", [check for check in CHECKS if check.group is Group.MACHINE], ids=lambda c: c.name)
def test_machine_that_runs_the_tests_is_ok(check: Check, accessible: Path) -> None:
    assert is_ok(check.name, accessible / "home")
