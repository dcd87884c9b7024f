from pathlib import Path

import pytest

from tests.operations.doctor.checks.machine.conftest import Machine
from tests.operations.doctor.contexts import is_ok, outcome, verdicts


@pytest.mark.parametrize(
    ("release", "verdict"),
    [
        ("4.4.0-19041-Microsoft", "error"),  # WSL 1
        ("4.19.128-microsoft-standard", "warning"),
        ("5.15.167.4-microsoft-standard-WSL2", "ok"),
        ("4.19.0-27-amd64", "ok"),  # not under Windows
    ],
)
def test_kernel_of_wsl(release: str, verdict: str, tmp_path: Path, machine: Machine) -> None:
    machine.set_kernel(release)
    assert verdicts("wsl", tmp_path, machine.root) == [verdict]


def test_path_with_windows_programs_before_those_of_linux(
    tmp_path: Path, wsl: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/mnt/c/Python:/usr/bin:/bin")
    verdict, message = outcome("wsl", tmp_path, wsl.root)
    assert verdict == "error" and "/mnt/c/Python" in message
    monkeypatch.setenv("PATH", "/usr/bin:/bin:/mnt/c/Python")
    assert is_ok("wsl", tmp_path, wsl.root)
