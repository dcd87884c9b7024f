"""The scripts in shell/, run from another folder in a checkout whose path has spaces and Korean letters."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Ran

ROOT = Path(__file__).parents[1]
PRINT_ARGUMENTS = "#!/bin/sh\nprintf '<%s>' \"$@\"\n"


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of the scripts, with an mlopsctl that prints its arguments."""
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which other accounts cannot access
        Path(folder).chmod(0o755)
        copy = Path(folder) / "내 체크아웃"
        shutil.copytree(ROOT / "shell", copy / "shell")
        tool = copy / ".venv/bin/mlopsctl"
        tool.parent.mkdir(parents=True)
        tool.write_text(PRINT_ARGUMENTS, encoding="utf-8")
        tool.chmod(0o755)
        yield copy


def run(*words: str | Path, **env: str) -> Ran:
    done = subprocess.run(
        [str(word) for word in words], cwd="/", env={**os.environ, **env}, stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("script", "call"),
    [
        ("airflow_run.sh", "<start>"),
        ("airflow_stop.sh", "<stop>"),
        ("create_user.sh", "<user><create>"),
        ("create_symbolic_link.sh", "<link><add>"),
    ],
)
def test_script_passes_its_arguments_to_mlopsctl(checkout: Path, script: str, call: str) -> None:
    assert run(checkout / "shell" / script) == Ran(0, call, "")
    assert run(checkout / "shell" / script, "a b", "한글", "*") == Ran(0, call + "<a b><한글><*>", "")


def test_script_without_mlopsctl_fails_with_a_hint(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    ran = run(checkout / "shell/airflow_run.sh")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(f"hint: '{checkout}/shell/onboard.sh'\n")


def test_a_machine_joins_with_a_token_only(checkout: Path) -> None:
    assert run(checkout / "shell/join.sh") == Ran(
        1, "", "error: no token was given.\nhint: on the head: mlopsctl worker token\n"
    )


@pytest.mark.parametrize("python", ["/no such/python", "/bin/true"])
def test_unusable_python_fails(checkout: Path, python: str) -> None:
    ran = run(checkout / "shell/system-packages.sh", PYTHON=python)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error: PYTHON={python} ")


def path_without(folder: Path, *hidden: str) -> str:
    """A PATH with links to all programs of this machine, except for the hidden ones."""
    folder.mkdir()
    for program in (path for directory in ("/usr/bin", "/usr/sbin") for path in Path(directory).iterdir()):
        if program.name not in hidden and not (folder / program.name).is_symlink():
            (folder / program.name).symlink_to(program)
    return str(folder)


def test_without_root_and_sudo_it_prints_the_command_for_an_administrator(checkout: Path) -> None:
    account = ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups"] if os.geteuid() == 0 else []
    path = path_without(checkout.parent / "bin", "gcc", "sudo")
    script = checkout / "shell/system-packages.sh"
    ran = run(*account, "bash", script, PATH=path, PYTHON="/usr/bin/python3")
    assert (ran.code, ran.out) == (1, "")
    error, hint = ran.err.splitlines()[-2:]
    assert error.startswith("error: ")
    assert hint.startswith("hint: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ")
    assert " gcc libc6-dev" in hint
