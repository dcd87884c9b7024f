from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from mlopsctl.adapters.airflow.metadb.interface import AirflowMetadata
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.model import Backfill
from mlopsctl.core.states import BackfillState, EngineName
from mlopsctl.operations.backfill.existing.find import find, reread
from tests.adapters.airflow.metadb.test_client import BACKFILL
from tests.fake_api import DAG, FakeServer, api_v2

SEVEN = BACKFILL
OWN = replace(BACKFILL, id="a1b2c3", engine=EngineName.PER_RUN, dag_id="e")
DONE = replace(BACKFILL, id=3, state=BackfillState.DONE, dag_id="f")
DIGITS = replace(BACKFILL, id="123456", engine=EngineName.PER_RUN, dag_id="g", state=BackfillState.DONE)
NUMBER = replace(BACKFILL, id=123456, dag_id="h", state=BackfillState.DONE)


class Listed:
    """The metadata's own rules of choice, over a list."""

    def __init__(self, *backfills: Backfill) -> None:
        self.all = backfills

    def backfills(self, *, dag_id: str = "", id_: int | str = "", ended: int | None = 10) -> list[Backfill]:
        named = [b for b in self.all if dag_id in ("", b.dag_id) and str(id_) in ("", str(b.id))]
        over = [b for b in named if not b.active]
        return [b for b in named if b.active] + over[:ended]


def found(name: str | None, *backfills: Backfill, folder: Path) -> Backfill:
    dags = {"dags": [DAG | {"dag_id": "lonely"}], "total_entries": 1}
    known: dict[str, Any] = {
        "GET /api/v2/dags/lonely/details": (200, DAG),
        "GET /api/v2/dags": (200, dags),
        "GET /api/v2/importErrors": (200, {"total_entries": 0}),
    }
    (folder / "token").write_text("t")
    api = api_v2(folder, FakeServer(known))
    return find(cast(AirflowMetadata, Listed(*backfills)), api, name, "cancel")


@pytest.mark.parametrize(
    ("words", "which"),
    [("7", SEVEN), ("a1b2c3", OWN), ("e", OWN), ("f", DONE), ("3", DONE), ("d", SEVEN), ("123456", NUMBER)],
)
def test_find_by_number_by_own_id_and_by_dag(tmp_path: Path, words: str, which: Backfill) -> None:
    assert found(words, SEVEN, OWN, DONE, DIGITS, NUMBER, folder=tmp_path) == which


def test_own_id_may_look_like_a_number(tmp_path: Path) -> None:
    assert found("123456", SEVEN, DIGITS, folder=tmp_path) == DIGITS


def test_default_is_the_only_active_backfill(tmp_path: Path) -> None:
    assert found(None, SEVEN, DONE, folder=tmp_path) == SEVEN
    with pytest.raises(UsageError) as caught:
        found(None, SEVEN, OWN, DONE, folder=tmp_path)
    error = caught.value
    assert error.message == "2 backfills are active: 7 (d), a1b2c3 (e)."
    assert (error.code, error.hint.command) == ("which-backfill", ("backfills", "cancel", "7"))
    with pytest.raises(MlopsctlError, match="no backfill is active"):
        found(None, DONE, folder=tmp_path)


def test_ending_backfill_is_the_default_only_if_no_other_is_active(tmp_path: Path) -> None:
    ending = replace(SEVEN, state=BackfillState.ENDING)
    assert found(None, ending, OWN, folder=tmp_path) == OWN
    assert found(None, ending, DONE, folder=tmp_path) == ending


def test_dag_with_two_active_backfills_is_ambiguous(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"2 backfills are active: 7 \(d\), b0b0b0 \(d\)"):
        found("d", SEVEN, replace(OWN, id="b0b0b0", dag_id="d"), folder=tmp_path)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("99", "no-backfill", "there is no backfill 99."),
        ("lonely", "no-backfill", "lonely has no backfill."),
        ("lonly", "unknown-dag", "there is no DAG 'lonly'. Did you mean lonely?"),
    ],
)
def test_unknown_names(tmp_path: Path, words: str, code: str, message: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        found(words, SEVEN, folder=tmp_path)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_reread_is_the_same_backfill_as_it_is_now() -> None:
    now = replace(OWN, state=BackfillState.DONE)
    listed = cast(AirflowMetadata, Listed(now, replace(OWN, id=0xA1B2C3)))
    assert reread(listed, OWN) == now
    assert reread(cast(AirflowMetadata, Listed()), OWN) == OWN
