"""Run checks in parallel, and turn whatever happens in them into results."""

import queue
import threading
from collections.abc import Iterator, Sequence

from mlopsctl.core.deadline import Deadline
from mlopsctl.core.errors import MlopsctlError, from_os
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import StepState, Verdict
from mlopsctl.core.steps import Step
from mlopsctl.operations.doctor.check import Check, CheckResult, Finding
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext

TICK = 0.25  # seconds between two progress steps
CHECK_TIMEOUT = 30.0  # seconds; on a busy machine a check may take 10


def run_checks(
    context: DoctorContext, checks: Sequence[Check], results: list[CheckResult], timeout: float = CHECK_TIMEOUT
) -> Iterator[Step]:
    """Run all checks at once. Yields progress, and sets `results`, in the order of the checks.

    A check that does not answer within `timeout` seconds delays no other: its thread is abandoned.
    """
    answers: queue.Queue[tuple[Check, list[CheckResult]]] = queue.Queue()
    deadline = Deadline(timeout)

    def run(check: Check) -> None:
        answers.put((check, run_check(check, context)))

    for check in checks:
        threading.Thread(target=run, args=(check,), daemon=True).start()
    found: dict[str, list[CheckResult]] = {}
    while len(found) < len(checks) and not deadline.expired:
        try:
            check, answer = answers.get(timeout=min(TICK, deadline.left))
            found[check.name] = answer
        except queue.Empty:
            missing = [check.name for check in checks if check.name not in found]
            yield Step("check", StepState.RUNNING, ", ".join(missing), deadline.waited)
    results[:] = [result for check in checks for result in found.get(check.name) or [_timed_out(check, timeout)]]


def _timed_out(check: Check, timeout: float) -> CheckResult:
    hint = Hint.of("doctor", "--only", check.name)
    return CheckResult(check, Verdict.ERROR, f"the check did not answer within {timeout:g} s.", hint)


def run_check(check: Check, context: DoctorContext) -> list[CheckResult]:
    """Run one check. An exception becomes a result, and the findings before it are kept."""
    results: list[CheckResult] = []
    if reason := check.why_left_out(context.desired.settings):
        return [CheckResult(check, Verdict.SKIPPED, reason)]
    try:
        for finding in check.inspect(context):
            results.append(_from_finding(check, finding))  # one by one: the next may raise
        return results or [CheckResult(check, Verdict.OK)]
    except CheckSkipped as e:
        return [*results, CheckResult(check, Verdict.SKIPPED, str(e))]
    except Exception as e:  # noqa: BLE001  # an unexpected failure of one check must not stop the others
        return [*results, _from_exception(check, e)]


def _from_finding(check: Check, finding: Finding) -> CheckResult:
    result = CheckResult(check, finding.verdict, finding.message, finding.hint, finding)
    if result.hint or not result.fixable:
        return result
    hint = Hint.of("doctor", "--fix", "--only", check.name)
    return CheckResult(check, finding.verdict, finding.message, hint, finding)


def _from_exception(check: Check, exception: Exception) -> CheckResult:
    error = exception if isinstance(exception, MlopsctlError) else from_os(exception)
    if error:
        return CheckResult(check, Verdict.ERROR, error.message, error.hint)
    message = f"the check failed: {type(exception).__name__}: {exception}."
    return CheckResult(check, Verdict.ERROR, message, Hint.of("-v", "doctor"))
