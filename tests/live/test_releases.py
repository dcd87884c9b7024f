"""What mlopsctl relies on, asked of the oldest and the newest release of Airflow.

All recorded releases: `pytest tests/live/test_releases.py --all-versions`. It takes some minutes for each.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from mlopsctl.adapters.airflow.accounts import SERVICE_USER
from mlopsctl.adapters.airflow.api_metadata.client import ApiMetadata
from mlopsctl.adapters.airflow.capabilities import Capabilities
from mlopsctl.adapters.airflow.interface import AirflowApi
from mlopsctl.adapters.airflow.metadb import user_data
from mlopsctl.adapters.airflow.release import find
from mlopsctl.adapters.python_finder import OUR_VERSION
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import TaskDates, Variable
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.core.states import ACTIVE_RUN_STATES, RunState, TaskOrder, TaskState
from mlopsctl.operations import task_dates
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.preload import listing
from tests.adapters.airflow import specs
from tests.live.conftest import CHECKOUT, INSTALL, LivePlatform, end, home_of_worker
from tests.operations.doctor.contexts import doctor_context

pytestmark = pytest.mark.live

DAILY, MANUAL = "release_daily", "release_manual"
DAGS = CHECKOUT / "tests" / "live" / "dags" / "live_releases"
STOPPED_WITHIN = 15.0  # seconds: a task asks every 5 s whether it has to stop; the rest is for a busy machine
LONG_AGO = (datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 12, 31, tzinfo=UTC))
# What test_backfills.py shows of the default release by the command line.
SHOWN_OF_THE_DEFAULT = (
    "test_backfill_is_paused_resumed_and_cancelled",
    "test_running_run_is_not_deleted_and_stops_in_time",
)
# Those that can be installed with this Python, the oldest first.
SUPPORTED = [v for v in specs.VERSIONS if OUR_VERSION in find(v).pythons]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    every, own = metafunc.config.getoption("all_versions"), metafunc.function.__name__ in SHOWN_OF_THE_DEFAULT
    few = SUPPORTED[:1] if own else [SUPPORTED[0], AIRFLOW_VERSION]
    metafunc.parametrize("release", SUPPORTED if every else few, indirect=True)


@dataclass(frozen=True)
class Release:
    version: str
    live: LivePlatform
    platform: Platform

    @property
    def api(self) -> AirflowApi:
        return self.platform.api

    @property
    def can(self) -> Capabilities:
        """What it should be able to do."""
        return specs.capabilities(self.version)

    def wait(self, condition: Callable[[], object], timeout: float = 120) -> float:
        """Until something is true; the seconds that it took."""
        start = time.monotonic()
        while not condition():
            assert time.monotonic() < start + timeout, "waited too long"
            time.sleep(0.2)
        return time.monotonic() - start

    def start_sleeper(self) -> str:
        """A run of the DAG without a schedule, whose task is running and does not end by itself; its id."""
        self.live.json("trigger", MANUAL, "--conf", '{"sleep": 600}')
        run = self.api.active_run(MANUAL, "")
        assert run
        self.wait(self.beats)
        return run.run_id

    def beats(self) -> bool:
        """Whether the task is running. It touches its file more often than once a second."""
        beat = self.live.home / "airflow" / "release-beat"
        return beat.exists() and beat.stat().st_mtime > time.time() - 1

    def state(self, run_id: str) -> RunState:
        return self.api.run(MANUAL, run_id).state


@pytest.fixture(scope="module")
def release(request: pytest.FixtureRequest) -> Iterator[Release]:
    """A release on a platform of its own; the default one on that of all tests."""
    version = request.param
    if version == AIRFLOW_VERSION:
        yield opened(version, request.getfixturevalue("platform"))
        return
    live = home_of_worker(f"airflow-{version}", 200)
    try:
        live.json("setup", "--airflow-version", version, "--dags", str(DAGS), "--no-seed", timeout=INSTALL)
        yield opened(version, live)
    finally:
        end(live)


def opened(version: str, live: LivePlatform) -> Release:
    return Release(version, live, doctor_context(live.home).platform)


@pytest.fixture
def sleeper(release: Release) -> Iterator[str]:
    """The id of a run whose task is running."""
    run_id = release.start_sleeper()
    yield run_id
    release.api.mark_runs_failed(MANUAL, [run_id])
    release.wait(lambda: not release.beats())


def test_the_recorded_document_is_that_of_the_server(release: Release) -> None:
    assert release.api.capabilities == release.can


def test_dags(release: Release) -> None:
    api = release.api
    daily, manual = api.dag(DAILY), api.dag(MANUAL)
    assert (daily.schedule, daily.timezone, daily.periodic, daily.paused) == ("0 3 * * *", "Asia/Seoul", True, True)
    assert (manual.schedule, manual.periodic, manual.paused) == (None, False, False)
    assert daily.backfillable is release.can.backfills
    assert {DAILY, MANUAL} <= {dag.dag_id for dag in api.dags()}
    assert api.count_dag_tasks(DAILY) == (1, False) and not api.tasks_with_depends_on_past(DAILY)
    assert api.task_dates(DAILY) == [TaskDates("work", daily.start, None)] and api.past_dependencies(DAILY) == {}
    assert [(param.name, param.value, param.schema) for param in manual.params] == [("level", 1, {})]
    assert api.pools()["default_pool"] == 128
    with pytest.raises(MlopsctlError) as caught:
        api.dag("release_dialy")
    assert caught.value.code == "unknown-dag"
    api.set_paused(MANUAL, True)
    assert api.dag_summary(MANUAL).paused
    api.set_paused(MANUAL, False)
    assert api.import_errors() == [] and api.count_import_errors() == 0
    if release.can.parse_file:
        api.reparse_file(daily.file_token)


def test_filters_return_nothing_where_there_is_nothing(release: Release, sleeper: str) -> None:
    """Airflow 3 ignores a parameter that it does not know, and returns everything."""
    api, now = release.api, datetime.now(UTC)
    assert api.active_run(MANUAL, "zzz") is None
    found = api.active_run(MANUAL, sleeper[:12])
    assert found and found.run_id == sleeper
    assert api.runs(MANUAL, *LONG_AGO) == [] and api.runs_page(MANUAL, *LONG_AGO, (), 5) == ([], 0)
    assert api.runs(MANUAL, states=[RunState.SUCCESS]) == []
    assert api.count_runs(MANUAL, *LONG_AGO, ()) == 0
    assert api.count_runs_in_state(RunState.QUEUED, MANUAL) == 0
    assert api.tasks_page(MANUAL, *LONG_AGO, (), 5) == ([], 0)
    assert api.count_tasks(MANUAL, *LONG_AGO, ()) == 0 and api.tasks_between(MANUAL, *LONG_AGO, ()) == []
    assert api.slowest_task(MANUAL, *LONG_AGO, [TaskState.SUCCESS], ended_since=LONG_AGO[0]) is None
    assert not api.was_cancelled(MANUAL, "another note", *LONG_AGO, since=LONG_AGO[0])
    assert api.active_tasks([TaskState.DEFERRED], 5, TaskOrder.ID) == ([], 0)
    running, number = api.active_tasks([TaskState.RUNNING], 5, TaskOrder.LONGEST_RUNNING)
    assert number == 1 and (running[0].dag_id, running[0].task_id) == (MANUAL, "work")
    assert [run.run_id for run in api.runs(MANUAL, LONG_AGO[0], now, ACTIVE_RUN_STATES)] == [sleeper]


def test_running_run_is_not_deleted_and_stops_in_time(release: Release, sleeper: str) -> None:
    api = release.api
    with pytest.raises(MlopsctlError, match="running"):
        api.delete_runs(MANUAL, [sleeper])
    assert release.state(sleeper) == RunState.RUNNING
    api.mark_runs_failed(MANUAL, [sleeper, "missing"], "stopped by a test")
    assert release.wait(lambda: release.state(sleeper) == RunState.FAILED) < STOPPED_WITHIN
    assert release.wait(lambda: not release.beats()) < STOPPED_WITHIN
    found = release.platform.metadata.completed_runs(MANUAL, [sleeper], LONG_AGO[0])
    assert found == []
    api.delete_runs(MANUAL, [sleeper, "missing"])
    assert sleeper not in [run.run_id for run in api.runs(MANUAL)]


def test_ended_run_is_cleared_with_a_note(release: Release) -> None:
    api = release.api
    run_id = release.live.json("trigger", MANUAL, "--wait")["data"]["run_id"]
    before = api.run(MANUAL, run_id).end
    api.clear_runs(MANUAL, [run_id], note="mlopsctl backfill ab12cd")
    release.wait(lambda: (run := api.run(MANUAL, run_id)).state == RunState.SUCCESS and run.end != before)
    assert api.run(MANUAL, run_id).owner == "ab12cd"
    api.mark_runs_failed(MANUAL, [run_id])
    assert release.state(run_id) == RunState.FAILED
    api.mark_runs_success(MANUAL, [run_id])
    assert release.state(run_id) == RunState.SUCCESS
    log = release.live.mlopsctl("logs", MANUAL, "work")
    assert log.code == 0 and "ds=" in log.out and "forked=True" in log.out


@pytest.mark.parametrize("days", [("--from", "2024-02-01", "--to", "2024-02-03"), ("--dates", "2024-02-05,2024-02-07")])
def test_every_date_of_a_backfill_succeeds_with_its_own_ds(release: Release, days: tuple[str, ...]) -> None:
    """By each engine that the release has: dates one by one are run without Airflow's own backfill."""
    live = release.live
    done = live.json("backfill", DAILY, *days, "--unpause", "--repause", "--yes")["data"]
    own = release.can.backfills and days[0] == "--from"
    assert done["engine"] == ("airflow" if own else "runs")
    assert {run["state"] for run in done["runs"]} == {"success"}
    for run in done["runs"]:
        log = live.mlopsctl("logs", DAILY, "work", "--date", run["date"])
        assert f"ds={run['ds']} " in log.out, log.err
    again = live.json("backfill", DAILY, *days, "--unpause", "--repause", "--yes")["data"]
    assert again["counts"]["kept"] == again["counts"]["total"] == len(done["runs"])
    if own:
        listed = live.json("backfills", "list", DAILY)["data"]["backfills"]
        assert [backfill["id"] for backfill in listed] == [done["backfill_id"]]


def test_run_before_the_start_date_is_a_success_without_a_task(release: Release) -> None:
    api, at, run_id = release.api, datetime(2023, 6, 1, tzinfo=UTC), "release_early"
    dag, tasks = api.dag(MANUAL), api.task_dates(MANUAL)
    assert task_dates.without_task(dag, tasks, [at]) == [at]
    api.create_run(MANUAL, at, run_id=run_id)
    release.wait(lambda: api.run(MANUAL, run_id).state == RunState.SUCCESS)
    assert api.task_instances(MANUAL, run_id) == []
    assert release.platform.metadata.empty_runs(MANUAL, at, at) == {run_id}
    assert ApiMetadata(api).empty_runs(MANUAL, at, at) == {run_id}


def test_run_has_the_data_interval_of_its_schedule(release: Release) -> None:
    """Airflow 2 has the day that begins at the logical date, Airflow 3 none. API v1 alone would make it the day before,
    and `next_ds` the same as `ds`."""
    live, day = release.live, timedelta(0 if release.can.backfills else 1)
    live.json("backfill", DAILY, "--from", "2024-02-11", "--to", "2024-02-12", "--unpause", "--yes")
    live.json("trigger", DAILY, "--date", "2024-02-13", "--wait")
    live.json("dags", "pause", DAILY)
    bounds = (datetime(2024, 2, 10, 18, tzinfo=UTC), datetime(2024, 2, 12, 18, tzinfo=UTC))
    runs = release.platform.metadata.runs_between(DAILY, *bounds)
    instants = [bounds[0] + timedelta(n) for n in range(3)]
    assert [(run.logical_date, run.interval) for run in runs] == [(at, (at, at + day)) for at in instants]
    log = live.mlopsctl("logs", DAILY, "work", "--date", "2024-02-12").out
    start, end_ = (at.isoformat() for at in (instants[1], instants[1] + day))
    assert f"ds=2024-02-11 data_interval_start={start} data_interval_end={end_}" in log
    assert ("next_ds=2024-02-12 prev_ds=2024-02-10" in log) is (not release.can.backfills)


def test_backfill_is_paused_resumed_and_cancelled(release: Release) -> None:
    live, api, first = release.live, release.api, datetime(2024, 3, 1, tzinfo=UTC)
    days = ("--from", "2024-03-01", "--to", "2024-03-03")
    id_ = live.json("backfill", MANUAL, *days, "--conf", '{"sleep": 600}', "--detach")["data"]["backfill_id"]
    release.wait(release.beats)
    live.json("backfills", "pause", id_)
    assert api.dag_summary(MANUAL).paused
    live.json("backfills", "resume", id_)
    assert not api.dag_summary(MANUAL).paused
    cancelled = live.json("backfills", "cancel", id_, "--yes")["data"]["backfill"]
    assert (cancelled["active"], cancelled["counts"]["failed"]) == (False, 3)
    assert not release.beats()
    assert {run.state for run in api.runs(MANUAL, first, first + timedelta(2))} == {RunState.FAILED}


def test_backfill_of_a_dag_without_a_schedule(release: Release) -> None:
    days = ("--from", "2024-02-01", "--to", "2024-02-03")
    done = release.live.json("backfill", MANUAL, *days, "--yes")["data"]
    assert done["engine"] == "runs" and done["counts"]["success"] == 3
    assert [run["ds"] for run in done["runs"]] == ["2024-02-01", "2024-02-02", "2024-02-03"]
    assert [run["state"] for run in release.live.json("runs", MANUAL, *days)["data"]["runs"]] == ["success"] * 3


def test_users(release: Release) -> None:
    api = release.api
    assert {"admin", SERVICE_USER} <= {user.username for user in api.users()} and "Viewer" in api.roles()
    api.create_user("release", "Viewer", "release@example.com", "a password", "Kim Min")
    try:
        api.update_user("release", role="Op", name="Lee Min")
        api.set_password("release", "another password")
        (found,) = (user for user in api.users() if user.username == "release")
        assert (found.role, found.name, found.email) == ("Op", "Lee Min", "release@example.com")
    finally:
        api.delete_user("release")


def test_connections_and_variables(release: Release) -> None:
    api = release.api
    fields = {"conn_type": "mysql", "host": "h", "port": 3306, "login": "kim", "password": "s3cret"}
    names = ["release_a", "release_b"]
    for host in ("h", "other"):
        api.set_connections({name: fields | {"host": host, "extra": {"a": "값"}} for name in names})
        api.set_variables([Variable(name, host, "for a test") for name in names])
    found = {connection.name: connection for connection in api.connections()}
    assert (found["release_b"].host, found["release_b"].extra) == ("other", {"a": "값"})
    assert {v.name: v.value for v in api.variables() if v.name in names} == dict.fromkeys(names, "other")
    api.delete_connections([*names, "missing"])
    api.delete_variables([*names, "missing"])
    assert not {connection.name for connection in api.connections()} & set(names)
    assert not {variable.name for variable in api.variables()} & set(names)


def test_queries_on_the_metadata(release: Release) -> None:
    metadata = release.platform.metadata
    assert metadata.timezone(DAILY) == "Asia/Seoul"
    start, end_ = (datetime(2024, 2, day, 3, tzinfo=UTC) for day in (1, 3))
    slots = metadata.slots(DAILY, start, end_)
    assert [at.isoformat() for at in slots] == ["2024-02-01T18:00:00+00:00", "2024-02-02T18:00:00+00:00"]
    assert metadata.runs_between(DAILY, *LONG_AGO) == []
    assert metadata.unclearable_runs(DAILY) == set()
    for backfill in metadata.backfills(dag_id=DAILY):
        assert {run.state for run in metadata.backfill_runs(backfill)} == {RunState.SUCCESS}
        assert metadata.backfill_tasks(backfill, ["00000000-0000-0000-0000-000000000000"]) == []
    late = (metadata.queued_runs(3600), metadata.scheduled_tasks(3600, 32), metadata.starved_runs(3600))
    assert late == ([], [], []) and metadata.silent_tasks(3600) == [] and metadata.idle_runs(3600) == []
    count = user_data.count_query(["admin"], "by mlopsctl")
    assert '"runs"' in release.platform.postgres.query(count)


def test_modules_are_preloaded(release: Release) -> None:
    release.live.healthy()  # another test may have ended a component of the common platform
    home, wanted = release.platform.home, release.platform.airflow.release.preload
    assert not set(listing.current(home).left_out) & set(wanted), "the release has all of them"
    for component in release.platform.airflow.preloading:
        report = listing.report(home, component)
        assert report and report.state == "done" and not report.failed
        assert set(report.modules) >= set(wanted)


def test_health(release: Release) -> None:
    status = release.live.json("status")["data"]
    assert status["healthy"] and status["airflow_version"] == release.version
