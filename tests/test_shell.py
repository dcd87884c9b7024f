"""The scripts in shell/: in a checkout whose path has spaces and Korean letters, called from elsewhere."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Ran

ROOT = Path(__file__).parents[1]
TELL = "#!/bin/sh\nprintf '<%s>' \"$@\"\n"


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of the scripts, beside a mlopsctl that tells what it was called with."""
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: another account has to look into it
        Path(folder).chmod(0o755)
        there = Path(folder) / "내 체크아웃"
        shutil.copytree(ROOT / "shell", there / "shell")
        tool = there / ".venv/bin/mlopsctl"
        tool.parent.mkdir(parents=True)
        tool.write_text(TELL, encoding="utf-8")
        tool.chmod(0o755)
        yield there


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
def test_a_name_from_the_course_is_a_call_of_mlopsctl(checkout: Path, script: str, call: str) -> None:
    assert run(checkout / "shell" / script) == Ran(0, call, "")
    assert run(checkout / "shell" / script, "a b", "한글", "*") == Ran(0, call + "<a b><한글><*>", "")


def test_before_onboarding_they_say_what_comes_first(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    assert run(checkout / "shell/airflow_run.sh") == Ran(
        1, "", f"error: this checkout has no mlopsctl yet.\nhint: '{checkout}/shell/onboard.sh'\n"
    )


def test_a_python_that_will_not_do_is_a_sentence(checkout: Path) -> None:
    for wrong in ("/no such/python", "/bin/true"):
        assert run(checkout / "shell/system-packages.sh", PYTHON=wrong) == Ran(
            1, "", f"error: PYTHON={wrong} is not a Python 3.11 or newer.\nhint: unset PYTHON\n"
        )


def tools_without(folder: Path, *hidden: str) -> str:
    """A PATH of what the machine has, except some: each program a link."""
    folder.mkdir()
    for program in (path for place in ("/usr/bin", "/usr/sbin") for path in Path(place).iterdir()):
        if program.name not in hidden and not (folder / program.name).is_symlink():
            (folder / program.name).symlink_to(program)
    return str(folder)


def test_without_root_and_sudo_it_hands_over_one_line(checkout: Path) -> None:
    account = ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups"] if os.geteuid() == 0 else []
    path = tools_without(checkout.parent / "bin", "gcc", "sudo")
    script = checkout / "shell/system-packages.sh"
    ran = run(*account, "bash", script, PATH=path, PYTHON="/usr/bin/python3")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-2] == (
        "error: these need root, and there is no sudo for this user here. An administrator's line is:"
    )
    line = ran.err.splitlines()[-1]
    assert line.startswith("hint: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ")
    assert " gcc libc6-dev" in line
