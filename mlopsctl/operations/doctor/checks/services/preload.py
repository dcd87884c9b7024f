"""Whether the scheduler and the dag-processor have imported what they could before they fork."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.core.text import plural
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.preload import listing, update


def check_preload(context: DoctorContext) -> Iterator[Finding]:
    platform = context.platform
    if not platform.airflow.preloading:
        raise CheckSkipped("no modules are preloaded")
    components = [name for name in platform.airflow.preloading if context.is_running(name)]
    for name in components:
        yield from _skipped(name, listing.report(platform.home, name))
    if failure := listing.current(platform.home).failure:
        yield Finding(
            f"the modules to preload cannot be tried: {failure}", Hint.of("restart", *components), Verdict.WARNING
        )
    if components and (missing := update.missing(platform)):
        yield Finding(
            f"{plural(len(missing), 'module')} that the DAG files import would be preloaded after a restart: "
            f"{', '.join(missing)}.",
            Hint.of("restart", *components),
            Verdict.WARNING,
        )
    for module, reason in listing.left_out(platform.home, platform.settings.preload).items():
        setting = ",".join(update.without(platform.settings.preload, module))
        hint = Hint.of("config", "set", "preload", setting, note="leaves it out without a warning")
        yield Finding(f"{module} is not preloaded: {reason}.", hint, Verdict.WARNING)


def _skipped(component: str, report: listing.Report | None) -> Iterator[Finding]:
    if report and report.state == "skipped":
        yield Finding(
            f"{component} runs without preloaded modules: its last process ended soon after its start.",
            Hint.of("restart", component, note="tries again"),
            Verdict.WARNING,
        )


CHECKS = (
    Check(
        "preload",
        Group.SERVICES,
        "Modules that are imported before the fork are not imported again for each task.",
        check_preload,
    ),
)
