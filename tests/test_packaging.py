"""`pip install .` alone must give all that mlopsctl needs."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mlopsctl import __version__
from mlopsctl.adapters.airflow.release import find

ROOT = Path(__file__).parents[1]
PARTS = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of a copy of the source, built without the network."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "mlopsctl", source / "mlopsctl", ignore=shutil.ignore_patterns("__pycache__"))
    for part in PARTS:
        shutil.copy(ROOT / part, source)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.iterdir()
    return zipfile.ZipFile(made)


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if name.startswith("mlopsctl/")}
    assert held == {
        str(path.relative_to(ROOT))
        for path in (ROOT / "mlopsctl").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_what_is_not_code_too(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    assert {"mlopsctl/py.typed", "mlopsctl/airflow_scripts/initialise.py", "mlopsctl/seed_sql/schema.sql"} <= held
    assert {f"mlopsctl/constraints/constraints-3.3.2-3.{n}.txt" for n in (11, 12, 13)} <= held
    assert not [name for name in held if name.startswith(("tests/", "dags/"))]


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    info = f"mlopsctl-{__version__}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert wheel.read(f"{info}/entry_points.txt").decode().split() == [
        "[console_scripts]", "mlopsctl", "=", "mlopsctl.cli.main:main",
    ]  # fmt: skip


def test_nothing_that_is_delivered_knows_the_machine_it_was_made_on(wheel: zipfile.ZipFile) -> None:
    for name in wheel.namelist():
        assert str(ROOT).encode() not in wheel.read(name), name


def test_the_bundled_constraints_pin_airflow_its_providers_and_what_the_pipelines_need() -> None:
    lines = (ROOT / "dags/requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = {line for line in lines if line and not line.startswith("#")}
    for path in (ROOT / "mlopsctl/constraints").iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
        version, python = path.stem.removeprefix("constraints-").split("-")
        release = find(version)
        assert pins["apache-airflow"] == version and python in release.pythons
        assert needed | {f"apache-airflow-providers-{name}" for name in release.providers} <= set(pins)
