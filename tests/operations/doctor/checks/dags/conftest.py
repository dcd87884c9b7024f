"""A project of DAG packages, and a home that links to them."""

import json
from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord
from tests.operations.doctor.contexts import make_home

DAG = "from airflow.sdk import DAG\n"


class Project:
    """`folder`: its packages are linked into the DAGs folder `dags` of the home `home`, where Airflow is installed with
    pandas."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "project"
        self.home = make_home(root / "home", f'dags = ["{self.folder}"]\n')
        self.dags = self.home / "airflow" / "dags"
        self.dags.mkdir(parents=True)
        self.site_packages = self.home / "venv" / "lib" / "python3.11" / "site-packages"
        (self.site_packages / "pandas").mkdir(parents=True)
        (self.site_packages / "pandas" / "__init__.py").touch()
        (self.home / "venv" / "bin").mkdir()
        (self.home / "venv" / "bin" / "python").touch()
        record = InstallRecord("3.3.2", "3.11", "bundled", "x")
        (self.home / "venv" / "mlopsctl.json").write_text(json.dumps(record.__dict__), encoding="utf-8")
        for name in ("one", "two"):
            self.link(name, self.add_package(name))

    def add_package(self, name: str) -> Path:
        return make_package(self.folder / name)

    def link(self, name: str, target: Path) -> Path:
        """Link to `target`, instead of where a link of this name led before."""
        path = self.dags / name
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        return path

    def write(self, name: str, text: str) -> None:
        """Write a file of the package `one`."""
        (self.folder / "one" / f"{name}.py").write_text(text, encoding="utf-8")


def make_package(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "dag.py").write_text(DAG, encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
