import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import Ran, call_cli


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text("")
    return tmp_path


def test_the_file_goes_to_stdout_and_nothing_else_does(home: Path) -> None:
    ran = call_cli("--home", home, "helm", "values")
    assert (ran.code, ran.err) == (0, "")
    assert yaml.safe_load(ran.out)["airflowVersion"] == "3.3.2"


def test_json_has_the_values_as_an_object(home: Path) -> None:
    data = json.loads(call_cli("--home", home, "helm", "values", "--json").out)["data"]
    assert data["values"] == yaml.safe_load(call_cli("--home", home, "helm", "values").out)
    assert sorted(data) == ["chart", "packages", "secrets", "values"]
    assert {"name", "command"} == set(data["secrets"][0])


def test_output_writes_the_same_to_a_file(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "values.yaml"
    ran = call_cli("--home", home, "helm", "values", "--output", file)
    assert (ran.code, ran.out) == (0, "")
    assert file.read_text() == call_cli("--home", home, "helm", "values").out
    again = json.loads(call_cli("--home", home, "helm", "values", "--output", file, "--json").out)
    assert again["data"]["file"] == str(file)


def test_a_folder_is_no_file(home: Path, tmp_path: Path) -> None:
    assert call_cli("--home", home, "helm", "values", "--output", tmp_path).code == 2


def test_a_home_without_a_platform_is_refused(tmp_path: Path, cli: Callable[..., Ran]) -> None:
    assert call_cli("--home", tmp_path / "none", "helm", "values").code == 1


def test_a_worker_host_is_refused(home: Path) -> None:
    (home / "config.toml").write_text('executor = "celery"\nhead = "10.0.0.1:8443"\n')
    ran = call_cli("--home", home, "helm", "values", "--json")
    assert (ran.code, json.loads(ran.out)["errors"][0]["code"]) == (1, "worker-host")
