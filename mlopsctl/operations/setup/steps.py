"""The steps of `setup`, which take a machine without Airflow to a running platform with data."""

from collections.abc import Iterator

from mlopsctl.core.steps import Plan, Step
from mlopsctl.core.storage import is_s3
from mlopsctl.operations import step_runner
from mlopsctl.operations.services.hold import Hold
from mlopsctl.operations.setup import preflight, storage
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.content import LinkStep, SeedStep
from mlopsctl.operations.setup.databases import FeatureStoreStep, MetadataServerStep
from mlopsctl.operations.setup.executor import TasksStep
from mlopsctl.operations.setup.health_check import HealthCheck
from mlopsctl.operations.setup.initialise import InitialiseStep
from mlopsctl.operations.setup.install import InstallStep
from mlopsctl.operations.setup.preload import PreloadStep
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.setup.requirements import RequirementsStep
from mlopsctl.operations.setup.start import StartStep, StopAfterSetup, SupervisorStep
from mlopsctl.operations.setup.storage import ReachStep, StorageStep
from mlopsctl.operations.setup.system_check import SystemCheck
from mlopsctl.operations.setup.workers import BrokerStep, NoWorkersStep, TunnelStep
from mlopsctl.operations.step_runner import RunnableStep
from mlopsctl.operations.workers.hosts_step import HostsStep


def make_steps(request: SetupRequest, hold: Hold) -> list[RunnableStep]:
    install = InstallStep(request, airflow_first=True)
    tasks, no_workers = TasksStep(request, hold), NoWorkersStep(request)
    steps: list[RunnableStep] = [
        SystemCheck(request), *([tasks] if tasks.concerns else ()), SupervisorStep(request), install,
        RequirementsStep(install), MetadataServerStep(request), FeatureStoreStep(request), ConfigureStep(request),
        InitialiseStep(request), LinkStep(request), PreloadStep(request),
    ]  # fmt: skip
    if request.platform.settings.storage or storage.current(request.platform.home):
        steps.append(StorageStep(request))
    if is_s3(request.platform.settings.storage):
        steps.append(ReachStep(request))
    if request.platform.settings.has_workers:
        steps += [BrokerStep(request), TunnelStep(request), HostsStep(request.platform, hold)]
    elif no_workers.todo():
        steps.append(no_workers)
    if request.platform.settings.seed:
        steps.append(SeedStep(request))
    if request.start:
        return [*steps, StartStep(request), HealthCheck(request)]
    return [*steps, StopAfterSetup(request, was_running=request.platform.supervisor.running())]


def plan(request: SetupRequest) -> Plan:
    """Without the health check, which changes nothing. Raises MlopsctlError if `run` would refuse."""
    preflight.check(request)
    steps = make_steps(request, Hold(request.platform))
    return step_runner.plan(step for step in steps if not isinstance(step, HealthCheck))


def run(request: SetupRequest) -> Iterator[Step]:
    hold = Hold(request.platform)
    try:
        yield from step_runner.run(make_steps(request, hold))
    finally:
        hold.end()
