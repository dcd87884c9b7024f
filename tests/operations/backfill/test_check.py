"""That what stands in the way is found before anything is made. Real obstacles: tests/live/test_backfill.py."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.operations.backfill.check import check
from tests.operations.scripted import UNSCHEDULED, Scripted
from tests.operations.test_components import WELL, airflow
from tests.operations.test_obstacles import FILLS, platform


@pytest.mark.parametrize(("state", "code"), [("stopped", "mariadb-down"), ("running", "")])
def test_a_backfill_of_what_fills_a_table_is_refused_while_the_feature_store_rests(
    tmp_path: Path, state: str, code: str
) -> None:
    wished = Scripted(tmp_path).plan("2024-01-01", "2024-01-02", replace(UNSCHEDULED, dag_id=FILLS))
    checked = check(replace(platform(tmp_path, state), api=airflow(tmp_path, WELL)), wished)
    assert (checked.obstacle.code if checked.obstacle else "") == code


def test_where_nothing_is_to_be_done_nothing_stands_in_the_way(tmp_path: Path) -> None:
    done = Scripted(tmp_path, d2024_01_01="success").plan(
        "2024-01-01", "2024-01-01", replace(UNSCHEDULED, dag_id=FILLS)
    )
    assert check(platform(tmp_path, "stopped"), done) == done
