import re
from pathlib import Path

import pytest

import mlopsctl
from mlopsctl.adapters.airflow import release
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.release import open_api
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.settings import AIRFLOW_VERSION


@pytest.mark.parametrize("version", ["2.7.2", AIRFLOW_VERSION])
def test_api_of_a_release_has_every_method_of_the_interface(tmp_path: Path, version: str) -> None:
    http = AirflowHttp("http://x", tmp_path / "password", tmp_path / "token")
    api = open_api(version, http, tmp_path / "capabilities", lambda dag_id: None)
    methods = {name for name in dir(AirflowApi) if not name.startswith("_")}
    assert "create_backfill" in methods
    assert methods <= set(dir(type(api)))


def test_places_that_the_table_names_exist() -> None:
    paths = re.findall(r"`([\w/]+(?:\.py|/))`", release.__doc__ or "")
    assert len(paths) > 10
    assert [path for path in paths if not (Path(mlopsctl.__file__).parent / path).exists()] == []
