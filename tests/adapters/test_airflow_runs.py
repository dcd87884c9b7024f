import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlopsctl.adapters import airflow_runs
from mlopsctl.adapters.postgres import Postgres
from mlopsctl.model import DagRun
from mlopsctl.paths import Home

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_a_row_is_the_run_that_the_api_would_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    now, later = "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00.5+00:00"
    rows = [
        ["a", now, "queued", "manual", None, None, None, None],
        ["b", now, "success", "scheduled", now, later, now, later],
    ]  # fmt: skip

    def query(_self: Postgres, sql: str) -> str:
        asked.append(sql)
        return json.dumps(rows)

    monkeypatch.setattr(Postgres, "query", query)
    day_after = datetime(2024, 1, 2, 0, 0, 0, 500000, tzinfo=UTC)
    assert airflow_runs.read(Postgres(Home(tmp_path)), "it's", AT, day_after) == [
        DagRun("a", AT, "queued", "manual"),
        DagRun("b", AT, "success", "scheduled", AT, day_after, (AT, day_after)),
    ]
    assert "dag_id = 'it''s'" in asked[0]
    assert "BETWEEN '2024-01-01T00:00:00+00:00' AND '2024-01-02T00:00:00.500000+00:00'" in asked[0]
