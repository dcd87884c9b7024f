"""Which modules the DAG files import: read, not run."""

from pathlib import Path

import pytest

from mlopsctl.operations.preload.imports import installed_modules

DAG = "from airflow.sdk import DAG\n"


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    files = ["pandas/__init__.py", "sklearn/__init__.py", "sklearn/linear_model.py", "fast.cpython-311.so", "steps.py"]
    for name in [*files, "google/cloud/storage/__init__.py", "typed/__init__.py"]:
        path = tmp_path / "site-packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "site-packages"


def found(dags: Path, site_packages: Path, **files: str) -> list[str]:
    for name, source in files.items():
        path = dags / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return list(installed_modules(dags, site_packages))


def test_imports_at_the_top_level_and_in_functions(tmp_path: Path, site_packages: Path) -> None:
    source = (
        DAG + "import pandas as pd, json\ndef task():\n    import fast\n    from sklearn import linear_model, missing\n"
        "    from google.cloud import storage\n    from pandas import DataFrame\n"
    )
    modules = ["pandas", "fast", "sklearn", "sklearn.linear_model", "google.cloud.storage"]
    assert found(tmp_path / "dags", site_packages, train=source) == modules


def test_helpers_of_the_project_are_followed_and_not_listed(tmp_path: Path, site_packages: Path) -> None:
    modules = found(
        tmp_path / "dags",
        site_packages,
        shop__train=DAG + "from . import helper\nfrom shop.lib.tools import run\n",
        shop__helper="import fast",
        shop__lib__tools="from ..deep import x\nimport shop.train",
        shop__deep="import pandas",
        shop__unused="import sklearn",
    )
    assert modules == ["fast", "pandas"]


def test_what_only_tasks_import(tmp_path: Path, site_packages: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "one.py").write_text(
        DAG + "import helper\n@dag(schedule=None)\ndef pipeline():\n    import fast\n    @task\n    def fit():\n"
        "        import pandas, fast\n        import later\n"
    )
    (tmp_path / "dags" / "helper.py").write_text("import steps\nclass Hook:\n    def run(self): import sklearn")
    (tmp_path / "dags" / "later.py").write_text("from google.cloud import storage")
    modules = installed_modules(tmp_path / "dags", site_packages)
    assert sorted(name for name in modules if modules[name]) == ["google.cloud.storage", "pandas", "sklearn"]
    assert sorted(name for name in modules if not modules[name]) == ["fast", "steps"]


def test_what_only_type_checkers_read_is_left_out(tmp_path: Path, site_packages: Path) -> None:
    source = DAG + "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import typed\nelse:\n    import fast\n"
    assert found(tmp_path / "dags", site_packages, one=source) == ["fast"]


def test_files_that_are_not_python_are_skipped(tmp_path: Path, site_packages: Path) -> None:
    assert found(tmp_path / "dags", site_packages, bad=DAG + "import (", good=DAG + "import fast") == ["fast"]
    assert installed_modules(tmp_path / "none", site_packages) == {}
