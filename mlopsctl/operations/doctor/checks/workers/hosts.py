"""The worker hosts: that they report, and that they are like the head where they have to be."""

import time
from collections.abc import Iterator

import mlopsctl
from mlopsctl.core.deadline import poll
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import TUNNEL, WORKER_API
from mlopsctl.core.text import duration
from mlopsctl.core.workers import REPORT_INTERVAL, SILENCE, Wanted, WorkerState
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.configuration.airflow_cfg import read_airflow_cfg
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.workers.dag_files import DagFiles
from mlopsctl.operations.workers.registry import Registry

START_UP = 180.0  # seconds in which a worker on a busy machine becomes ready
FETCH = 3 * REPORT_INTERVAL  # seconds within which a host has fetched changed DAG files and reported again
TICK = 0.5
WAY = (TUNNEL, WORKER_API)  # the services by which hosts report
CLOCK_DIFFERENCE = 5.0  # seconds; from 10 on, Airflow refuses the tokens of tasks


def check_worker_hosts(context: DoctorContext) -> Iterator[Finding]:
    if not context.platform.settings.listen_address:
        raise CheckSkipped("no other machine can join")
    context.require_services(*WAY)
    if (seconds := min(context.service_states[name].seconds_up for name in WAY)) < SILENCE:
        raise CheckSkipped(f"hosts can report only since {seconds} s")
    now = time.time()
    for worker in Registry(context.platform.home).workers():
        state, report = worker.state(now), worker.report
        if state is WorkerState.DEAD and worker.wanted is not Wanted.STOP:
            age = duration(now - max(worker.reported, worker.joined))
            said = f"has sent no report for {age}" if report else f"joined {age} ago and has never sent a report"
            other = ("worker", "remove", worker.host)
            hint = Hint.on_host(worker.host, "start", note="or here, if that machine is gone:", other=other)
            yield Finding(f"the worker host {worker.host} {said}.", hint, key=worker.host)
        elif state is WorkerState.STARTING and report and report.started and now - report.started > START_UP:
            age = duration(now - report.started)
            hint = Hint.on_host(worker.host, "logs", "worker")
            message = f"the worker on {worker.host} was started {age} ago and takes no tasks."
            yield Finding(message, hint, key=worker.host)


def check_worker_versions(context: DoctorContext) -> Iterator[Finding]:
    own = context.install_record.airflow_version
    executors = read_airflow_cfg(context).get(("core", "executor"), "")
    for worker, report in Registry(context.platform.home).reporting():
        if report.version != own:
            hint = Hint.on_host(worker.host, "logs", "agent", note="it gets what the head has, or says why it cannot")
            yield Finding(f"{worker.host} has Airflow {report.version or 'none'}, and the head {own}.", hint)
        if report.mlopsctl not in ("", mlopsctl.__version__):
            hint = Hint.on_host(worker.host, "restart", "agent", note="after you installed the same on both")
            yield Finding(f"{worker.host} has mlopsctl {report.mlopsctl}, and the head {mlopsctl.__version__}.", hint)
        if report.problem:
            message = f"{worker.host} takes no tasks, because it cannot get what the head has: {report.problem}"
            yield Finding(message, Hint.on_host(worker.host, "logs", "agent"), key=worker.host)
        if report.executors and report.executors != executors:
            message = f"{worker.host} has the executors {report.executors}, and the head {executors}."
            hint = Hint.on_host(worker.host, "doctor", "--fix", "--only", "airflow-cfg", note="and here")
            yield Finding(message, hint)


def check_worker_dags(context: DoctorContext) -> Iterator[Finding]:
    """Only if they differ for longer than it takes to fetch them."""
    files = DagFiles(context.platform.home.dags)
    poll(lambda: not _behind(context, files.revision()), every=TICK, give_up_after=FETCH)
    own = files.revision()
    for host, found in _behind(context, own).items():
        message = f"{host} has the DAG files of revision {found or 'none'}, and the head those of {own}."
        hint = Hint.on_host(host, "logs", "agent", note="it shows why they are not fetched")
        yield Finding(message, hint, key=host)


def _behind(context: DoctorContext, revision: str) -> dict[str, str]:
    """The hosts with another revision than the head's, and which."""
    reports = {worker.host: report.dags_revision for worker, report in Registry(context.platform.home).reporting()}
    return {host: found for host, found in reports.items() if found != revision}


def check_worker_clocks(context: DoctorContext) -> Iterator[Finding]:
    """Only if they differ in two reports: one may have been long on its way."""
    poll(lambda: not _wrong_clocks(context), every=TICK, give_up_after=FETCH)
    for host, seconds in _wrong_clocks(context).items():
        relation = "ahead of" if seconds > 0 else "behind"
        message = f"the clock of {host} is {abs(seconds):.0f} s {relation} the head's."
        yield Finding(message, Hint(line="sudo timedatectl set-ntp true", note=f"on {host}, and here"), key=host)


def _wrong_clocks(context: DoctorContext) -> dict[str, float]:
    """The hosts whose clock differs too much, and by how many seconds it is ahead."""
    differences = {worker.host: worker.clock_difference for worker, _ in Registry(context.platform.home).reporting()}
    return {host: seconds for host, seconds in differences.items() if abs(seconds) > CLOCK_DIFFERENCE}


CHECKS = (
    Check(
        "worker-hosts", Group.WORKERS, "The tasks of a host that is lost fail, and its slots are missing.",
        check_worker_hosts, scope=Scope.HEAD,
    ),
    Check(
        "worker-versions", Group.WORKERS, "With other versions or executors than the head's, tasks fail on that host.",
        check_worker_versions, scope=Scope.HEAD,
    ),
    Check(
        "worker-dags", Group.WORKERS, "A host with other DAG files runs other code than the scheduler expects.",
        check_worker_dags, scope=Scope.HEAD,
    ),
    Check(
        "worker-clocks", Group.WORKERS, "The API server refuses the token of a task if the clocks differ too much.",
        check_worker_clocks, scope=Scope.HEAD,
    ),
)  # fmt: skip
