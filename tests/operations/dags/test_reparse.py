"""Which files are waited for. Airflow itself reads them in tests/live/test_dags.py."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from mlopsctl.core.errors import TimedOut
from mlopsctl.core.paths import Home
from mlopsctl.operations.dags import reparse
from mlopsctl.operations.platform import Platform
from tests.fake_clock import FakeClock


def test_new_dag_file_is_waited_for_unless_airflow_ignores_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.dags.mkdir(parents=True)
    (home.dags / "draft.py").write_text("from airflow.sdk import DAG\nwith DAG('x'):\n    pass\n")
    api = SimpleNamespace(dags=list, import_errors=list)
    platform, clock = cast(Platform, SimpleNamespace(home=home, api=api)), FakeClock()
    *_, last = reparse.run(platform, restart=False, clock=clock)
    assert isinstance(last.error, TimedOut) and f"{home.dags}/draft.py" in last.error.message
    assert reparse.STALLED < last.seconds < reparse.STALLED + 1
    (home.dags / ".airflowignore").write_text("draft.py\n")
    (done,) = reparse.run(platform, restart=False, clock=clock)
    assert (done.state, done.detail) == ("changed", "0 DAG files, no import errors")
