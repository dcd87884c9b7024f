"""What `dags check` says without an Airflow, compared with the real one."""

import json
import subprocess
from pathlib import Path

import pytest

from mlopsctl.operations.dags.airflow2 import removed
from tests.live.conftest import CHECKOUT, LivePlatform, environment

pytestmark = pytest.mark.live

# Imports what it is told on stdin; prints what did not fail.
IMPORT_ALL = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
def works(module, name):
    try:
        found = importlib.import_module(module)
        return not name or hasattr(found, name)
    except ImportError:
        return False
json.dump([pair for pair in json.load(sys.stdin) if works(*pair)], sys.stdout)
"""
WORKS = [name.rsplit(".", 1) for name in sorted(removed.STILL_THERE)]


def test_imports_that_are_called_removed_fail_in_airflow(platform: LivePlatform) -> None:
    """Of providers, this proves something only for those that setup installs."""
    modules = [
        [f"{package}.{name}", ""] for package, names in removed.REMOVED_MODULES.items() for name in names.split()
    ]
    names = [[module, name] for module, names in removed.REMOVED_NAMES.items() for name in names.split()]
    python = platform.home / "venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", IMPORT_ALL],
        input=json.dumps([*modules, *names, *WORKS]),
        env=environment() | {"AIRFLOW_HOME": str(platform.home / "airflow")},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == WORKS


def test_dags_that_airflow_runs_have_no_errors(platform: LivePlatform) -> None:
    """The DAGs of this repository, as they are linked into the DAGs folder."""
    requirements = str(CHECKOUT / "dags" / "requirements.txt")
    dags = str(platform.home / "airflow" / "dags")
    assert platform.json("dags", "errors")["data"]["errors"] == []
    found = platform.mlopsctl("dags", "check", dags, "--requirements", requirements, "--json")
    assert [f for f in found.json["data"]["findings"] if f["severity"] == "error"] == []
    assert found.code == 0


def test_variables_and_connections_are_compared_with_an_export(platform: LivePlatform, tmp_path: Path) -> None:
    options = []
    for noun in ("connection", "variable"):
        file = tmp_path / f"{noun}s.json"
        assert platform.mlopsctl(noun, "export", str(file)).code == 0
        options += [f"--{noun}s", str(file)]
    code = 'from airflow.sdk import Variable\n\nVariable.get("not_there")\nhook(mysql_conn_id="feature_store")\n'
    (tmp_path / "d.py").write_text(code, encoding="utf-8")
    found = platform.mlopsctl("dags", "check", str(tmp_path / "d.py"), *options, "--json")
    assert (found.code, [f["rule"] for f in found.json["data"]["findings"]]) == (1, ["undefined-variable"])
