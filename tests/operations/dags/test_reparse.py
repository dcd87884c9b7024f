"""Which files are waited for. That Airflow reads them again is shown by tests/live/test_dags.py."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mlopsctl.core.errors import TimedOut
from mlopsctl.core.paths import Home
from mlopsctl.operations.dags import reparse
from mlopsctl.operations.platform import Platform


def test_what_airflow_ignores_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reparse, "PATIENCE", 0.0)
    home = Home(tmp_path)
    home.dags.mkdir(parents=True)
    (home.dags / "draft.py").write_text("from airflow.sdk import DAG\nwith DAG('x'):\n    pass\n")
    api = SimpleNamespace(dags=list, import_errors=list)
    platform = cast(Platform, SimpleNamespace(home=home, api=api))
    *_, late = reparse.again(platform, restart=False)
    assert isinstance(late.error, TimedOut) and f"{home.dags}/draft.py" in late.error.message
    (home.dags / ".airflowignore").write_text("draft.py\n")
    (done,) = reparse.again(platform, restart=False)
    assert (done.state, done.detail) == ("changed", "0 DAG files, no import error")
