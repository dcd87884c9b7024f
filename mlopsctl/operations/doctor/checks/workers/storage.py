"""The storage for files that tasks hand to each other: that this machine reaches it, and what stays on the head without
one."""

from collections.abc import Iterator

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.workers import HEAD_QUEUE
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.storage import reach
from mlopsctl.operations.workers.registry import Registry

DAGS_SHOWN = 5


def check_storage(context: DoctorContext) -> Iterator[Finding]:
    settings = context.platform.settings
    if not settings.storage:
        raise CheckSkipped("there is no storage")
    try:
        reach.check_folder(settings.storage)
        reach.check_same_folder(settings.storage, settings.head or "this platform")
    except MlopsctlError as e:
        yield Finding(e.message, e.hint)


def check_files_on_head(context: DoctorContext) -> Iterator[Finding]:
    if context.platform.settings.storage:
        return iter(())
    if not Registry(context.home).workers():
        raise CheckSkipped("no other machine has joined")
    dags = context.metadata.dags_of_queue(HEAD_QUEUE)
    if not dags:
        return iter(())
    names = ", ".join(dags[:DAGS_SHOWN]) + (f" and {len(dags) - DAGS_SHOWN} more" if len(dags) > DAGS_SHOWN else "")
    # Not a problem: on a platform where all is as its users want it, doctor has to find none.
    command = Hint.of("setup", "--storage", "URL").text()
    raise CheckSkipped(f"tasks of {names} run on the head only, where their files are: {command} shares these")


CHECKS = (
    Check(
        "storage", Group.WORKERS, "A task that does not find the files of the one before it fails.",
        check_storage, scope=Scope.WORKERS,
    ),
    Check(
        "files-on-head", Group.WORKERS, "Slots of other machines are of no use to tasks that need files of the head.",
        check_files_on_head, scope=Scope.HEAD,
    ),
)  # fmt: skip
