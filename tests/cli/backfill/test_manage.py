import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mlopsctl.cli import main
from mlopsctl.cli._common.app import App
from mlopsctl.core.model import Backfill, DagDetails
from mlopsctl.core.states import BackfillState, EngineName
from tests.adapters.airflow.metadb.test_client import BACKFILL
from tests.conftest import Ran, run_cli, screen
from tests.operations.fake_airflow import UNSCHEDULED

KEYS = {
    "id", "dag_id", "from", "to", "timezone", "engine", "state", "active", "paused", "dag_paused", "began", "counts",
}  # fmt: skip
MONTHS = {"start": datetime(2023, 12, 14, 15, tzinfo=UTC), "end": datetime(2024, 1, 31, 14, 59, tzinfo=UTC)}
BACKFILLS = (
    replace(BACKFILL, id=12, dag_id="data_extract_pipeline", dag_paused=False, **MONTHS),  # type: ignore[arg-type]
    replace(
        BACKFILL,
        id="a1b2c3",
        dag_id="live_manual",
        engine=EngineName.PER_RUN,
        state=BackfillState.PAUSED,
        failed=0,
        running=0,
    ),
    replace(
        BACKFILL, dag_paused=False, state=BackfillState.CANCELLED, record_paused=True, running=0, queued=3, orphaned=3
    ),
)

Call = Callable[..., Ran]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`mlopsctl --home /h WORDS` with three backfills in the metadata."""

    class Known:
        def backfills(self, *, dag_id: str = "", id_: int | str = "", ended: int | None = 10) -> list[Backfill]:
            return [b for b in BACKFILLS if dag_id in ("", b.dag_id) and str(id_) in ("", str(b.id))]

    class Api:
        def dag(self, dag_id: str) -> DagDetails:
            return replace(UNSCHEDULED, dag_id=dag_id, paused=True)

    class Parts:
        metadata = Known()
        api = Api()

    monkeypatch.setattr(App, "platform", Parts())
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)

    def called(*words: str) -> Ran:
        with pytest.raises(SystemExit) as caught:
            main.main(["--home", "/h", *words])
        seen = capsys.readouterr()
        return Ran(int(caught.value.code or 0), seen.out, seen.err)

    return called


def test_list(call: Call) -> None:
    ran = call("backfills", "list")
    table = "\n".join(line.rstrip() for line in ran.out.splitlines())
    assert Ran(ran.code, f"{table}\n", ran.err) == Ran(
        0,
        screen("""
        ID      DAG                    RANGE                  ENGINE   STATE      RUNS
        12      data_extract_pipeline  2023-12-15…2024-01-31  airflow  running    ✓1 ✗2
                                                                                  ▶3 …4
        a1b2c3  live_manual            2024-01-01…31          runs     paused     ✓1 …4
        7       d                      2024-01-01…31          airflow  cancelled  ✓1 ✗2
                                                                                  !3
        """),
        screen("""
        ✓ done  ✗ failed  ▶ running  … queued  ! stuck in the queue
        warning: 3 runs of backfill 7 were cleared after it was cancelled and never start.
        hint: mlopsctl --home /h backfills cancel 7
        """),
    )


def test_json_keys(call: Call) -> None:
    ran = call("backfills", "list", "--json")
    answer = json.loads(ran.out)
    assert (answer["command"], answer["status"], set(answer["data"])) == ("backfills list", "ok", {"backfills"})
    first, second, third = answer["data"]["backfills"]
    assert set(first) == set(second) == KEYS
    assert second == {
        "id": "a1b2c3", "dag_id": "live_manual", "from": "2024-01-01", "to": "2024-01-31", "timezone": "+09:00",
        "engine": "runs", "state": "paused", "active": True, "paused": True, "dag_paused": True,
        "began": "2024-06-01T00:00:00+00:00",
        "counts": {"total": 5, "success": 1, "failed": 0, "running": 0, "queued": 4, "stuck": 0},
    }  # fmt: skip
    assert (third["active"], third["paused"], third["counts"]["stuck"]) == (False, False, 3)


def test_without_a_name_the_active_backfills_are_listed(call: Call) -> None:
    ran = call("backfills", "cancel", "--json")
    (error,) = json.loads(ran.out)["errors"]
    assert (ran.code, error["code"]) == (2, "which-backfill")
    assert error["message"] == "2 backfills are active: 12 (data_extract_pipeline), a1b2c3 (live_manual)."
    assert error["hint_command"] == ["backfills", "cancel", "12"]


def test_cancel_has_a_dry_run_and_asks(call: Call) -> None:
    assert call("backfills", "cancel", "12", "--dry-run") == Ran(
        0,
        "",
        """\
cancel        close the backfill, end 4 queued and 3 running runs
verify        wait until none of its runs is queued or running, and none of its tasks is running
A running task is killed within 15 s; one that cleans up still does so.
""",
    )
    ran = call("backfills", "cancel", "12", "--json")
    (error,) = json.loads(ran.out)["errors"]
    assert (ran.code, error["code"]) == (1, "not-confirmed")
    assert "Cancel backfill 12 of data_extract_pipeline: 4 queued and 3 running runs will end" in error["message"]


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_dry_run_in_json(call: Call, verb: str) -> None:
    answer = json.loads(call("backfills", verb, "a1b2c3", "--dry-run", "--json").out)
    assert (answer["command"], answer["status"]) == (f"backfills {verb}", "planned")
    assert set(answer["data"]) == {"steps", "backfill"} and set(answer["data"]["backfill"]) == KEYS


def test_help() -> None:
    assert run_cli("backfills", "--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl backfills [OPTIONS] COMMAND [ARGS]...

          List, watch, pause, resume and cancel backfills.

          Name a backfill by its ID or its DAG. If only one is active, it need not be
          named.

        Options:
          -h, --help  Show this message and exit.

        Commands:
          cancel  End the queued and running runs of a backfill.
          list    Show active backfills and the last ended ones.
          pause   Start no more runs of a backfill until it is resumed.
          resume  Resume a paused backfill.
          watch   Wait until the last run of a backfill has ended.
        """),
        "",
    )
