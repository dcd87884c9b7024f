from collections.abc import Iterator
from pathlib import Path

import pytest

from mlopsctl.operations.doctor.checks.installation.venv import damaged_packages
from mlopsctl.operations.join.steps import InstallStep, Joining
from tests.operations.doctor.checks.installation.conftest import Install
from tests.operations.doctor.checks.workers.conftest import Head, WorkerHost
from tests.operations.doctor.contexts import findings, fix_first, make_home, outcome


def test_home_without_an_installation(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    (finding,) = findings("venv", home)
    assert finding.verdict == "error" and finding.fixable
    assert outcome("constraints", home) == ("skipped", "Airflow is not installed")


def test_python_that_does_not_run(tmp_path: Path, install: Install) -> None:
    home = install(tmp_path / "home", "bundled")
    verdict, message = outcome("venv", home)
    assert verdict == "error" and message.startswith(f"{home}/venv/bin/python does not run")


def test_a_program_that_two_packages_contain(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").write_text("12345", encoding="ascii")
    for name, size in (("x", 5), ("y", 7)):
        (tmp_path / f"{name}-1.0.dist-info").mkdir()
        (tmp_path / f"{name}-1.0.dist-info/RECORD").write_text(f"bin/tool,sha256=0,{size}\n", encoding="ascii")
    assert list(damaged_packages(tmp_path)) == []


def test_package_with_files_that_are_missing_or_of_another_size(tmp_path: Path) -> None:
    info = tmp_path / "x-1.0.dist-info"
    info.mkdir()
    (tmp_path / "a.py").write_text("12345", encoding="ascii")
    rows = "a.py,sha256=0,5\nb.py,sha256=0,7\nc.py,sha256=0,\nx-1.0.dist-info/RECORD,,\n"
    (info / "RECORD").write_text(rows, encoding="ascii")
    (finding,) = damaged_packages(tmp_path)
    assert finding.details == finding.key == "x==1.0" and "b.py and 1 other file" in finding.message
    (tmp_path / "b.py").write_text("1234567", encoding="ascii")
    (tmp_path / "c.py").touch()
    assert list(damaged_packages(tmp_path)) == []


def test_worker_host_gets_the_packages_of_its_head_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Joining] = []

    def install_packages(step: InstallStep) -> Iterator[str]:
        done.append(step.joining)
        yield "installing"

    monkeypatch.setattr(InstallStep, "do", install_packages)
    home = WorkerHost(tmp_path / "w1", Head(tmp_path / "head")).home
    assert fix_first("venv", home.root)[-1] == "reinstalled Airflow 3.3.2"
    assert [joining.name for joining in done] == ["w1"]
