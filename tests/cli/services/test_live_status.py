"""The display of `status --watch` at 80 × 24, and its line in a log."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.services import live_status
from mlopsctl.core.model import ActiveTask, Backfill, ServiceStatus
from mlopsctl.core.states import BackfillState, EngineName, ServiceState
from mlopsctl.core.workers import WorkerRow, WorkerState
from mlopsctl.operations.services import live_status as operation
from mlopsctl.operations.services.live_status import LiveStatus
from mlopsctl.operations.services.status import StatusReport
from tests.conftest import call_cli, screen
from tests.fake_clock import FakeClock

NOW = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
NAMES = ("postgres", "mariadb", "api-server", "scheduler", "dag-processor", "triggerer")
HEALTH = dict.fromkeys(("metadatabase", "scheduler", "dag_processor", "triggerer"), "healthy")


def report(**states: str) -> StatusReport:
    services = [
        ServiceStatus(
            name,
            ServiceState(states.get(name.replace("-", "_"), "running")),
            1 if name not in states else None,
            65,
            None,
        )
        for name in NAMES
    ]
    return StatusReport("/h", "http://127.0.0.1:8080", "3.3.2", services, HEALTH)


def backfill() -> Backfill:
    return Backfill(
        id=4, dag_id="data_extract_pipeline", timezone="Asia/Seoul", engine=EngineName.NATIVE,
        state=BackfillState.RUNNING, start=NOW, end=NOW, began=NOW, record_paused=False, dag_paused=False, success=12,
        failed=1, running=16, queued=2, orphaned=0,
    )  # fmt: skip


def live(**changes: object) -> LiveStatus:
    load = ActiveTask("data_extract_pipeline", "insert_features", "2024-01-03", NOW - timedelta(seconds=4))
    failed = ActiveTask("ineligible_loan_model", "validate", "2024-01-02", NOW, NOW - timedelta(minutes=3))
    found = {
        "report": report(),
        "runs": {"running": 16, "queued": 2},
        "running": [load],
        "tasks": {"running": 1, "waiting": 20},
        "failed": [failed],
        "backfills": [backfill()],
    }
    return LiveStatus(**(found | changes))  # type: ignore[arg-type]


def drawn(shown: LiveStatus) -> str:
    console = Console(width=80, height=24, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(live_status.draw(shown, NOW))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_the_display() -> None:
    clock = f"{NOW.astimezone():%H:%M:%S}"
    assert drawn(live()) == screen(f"""
        http://127.0.0.1:8080  Airflow 3.3.2                                    {clock}
        postgres       running          1 min 05 s
        mariadb        running          1 min 05 s
        api-server     running healthy  1 min 05 s
        scheduler      running healthy  1 min 05 s
        dag-processor  running healthy  1 min 05 s
        triggerer      running healthy  1 min 05 s

        runs 16 running, 2 queued   tasks 1 running, 20 waiting
        backfill 4 of data_extract_pipeline  ✓12 ✗1 ▶16 …2
        RUNNING                                                        DATE          FOR
        data_extract_pipeline insert_features                          2024-01-03  4.0 s
        FAILED                                                    DATE               AGO
        ineligible_loan_model validate                            2024-01-02  3 min 00 s
        Ctrl-C quits""")


def test_the_line_in_a_log() -> None:
    assert live_status.summary(live()) == (
        "healthy; runs 16 running, 2 queued; tasks 1 running, 20 waiting; backfill 4 ✓12 ✗1 ▶16 …2; "
        "last failure ineligible_loan_model validate of 2024-01-02"
    )
    empty: dict[str, object] = {"runs": {}, "running": [], "tasks": {}, "failed": [], "backfills": []}
    unhealthy = live(report=report(scheduler="fatal"), problem="no answer.", **empty)
    assert live_status.summary(unhealthy) == "not healthy: scheduler; no answer."


def test_watch_and_json_cannot_be_combined(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path, "status", "--watch", "--json")
    assert ran.code == 2 and json.loads(ran.out)["errors"][0]["code"] == "usage"


class InterruptedClock(FakeClock):
    """The user presses Ctrl-C after three updates."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if len(self.slept) == 3:
            raise KeyboardInterrupt


def test_a_log_has_a_line_per_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    updates = iter([live(), live(), live(problem="no answer.")])
    monkeypatch.setattr(operation, "read", lambda _: next(updates))
    app = App(tmp_path, "status", Output())
    app.platform = SimpleNamespace()  # type: ignore[assignment]
    assert live_status.watch(app, InterruptedClock()) == 130
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[1].endswith("no answer.")


def test_workers_are_counted_and_a_dead_one_is_named() -> None:
    rows = [
        WorkerRow(host, state, ("default",), 4, 2, "3.3.2", "abc", 0.0)
        for host, state in (("w1", WorkerState.READY), ("w2", WorkerState.DEAD))
    ]
    line = live_status.summary(LiveStatus(replace(report(), workers=rows)))
    assert line.startswith("not healthy: w2; 1 worker, 2/4 slots busy")
