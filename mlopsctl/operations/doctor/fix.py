"""Fix what is safe to fix, one finding after the other, then check again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mlopsctl.core.deadline import SYSTEM_CLOCK, Clock, Deadline
from mlopsctl.core.errors import MlopsctlError, from_os
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.core.steps import Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.doctor.check import Check, CheckResult
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.doctor.runner import CHECK_TIMEOUT, TICK, run_check, run_checks

SETTLE = 5.0  # seconds in which a service that was restarted may still be `starting`, so that checks are inconclusive
ROUNDS = 10  # a fix may uncover further problems, which the next round fixes


class FixRun:
    """One `doctor --fix`. `context`: creates a new one, because a fix makes cached facts stale. `results`: what the
    checks found; updated in place, with the findings that were fixed marked so."""

    def __init__(
        self,
        context: Callable[[], DoctorContext],
        checks: Sequence[Check],
        results: list[CheckResult],
        *,
        timeout: float = CHECK_TIMEOUT,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.context = context
        self.checks = checks
        self.results = results
        self.timeout = timeout
        self.clock = clock
        self.tried: list[CheckResult] = []
        self.not_fixed: list[CheckResult] = []

    def run(self) -> Iterator[Step]:
        """Yields steps as `step_runner.run` does."""
        for _ in range(ROUNDS):
            pending = self._next_group()
            if not pending:
                break
            for result in pending:
                yield from self._fix(result)
            self.tried += pending
            yield from self._check_again()
        fixed = [r for r in self.tried if r not in self.not_fixed and not r.is_among(self.results)]
        self.results[:] = mark_fixed(self.results, fixed)

    def _next_group(self) -> list[CheckResult]:
        """What to fix next. Groups build on each other: a service must not be started before its keys are repaired."""
        pending = [r for r in self.results if r.failed and r.fixable and not r.is_among(self.tried)]
        return [result for result in pending if result.check.group is pending[0].check.group]

    def _fix(self, result: CheckResult) -> Iterator[Step]:
        for step in step_runner.run([FixStep(self.context(), result)]):
            yield step
            self.not_fixed += [result] if step.error else []

    def _check_again(self) -> Iterator[Step]:
        deadline = Deadline(SETTLE, self.clock)
        yield from run_checks(self.context(), self.checks, self.results, self.timeout)
        while self._is_settling() and not deadline.expired:
            self.clock.sleep(TICK)
            yield from run_checks(self.context(), self.checks, self.results, self.timeout)

    def _is_settling(self) -> bool:
        tried = {result.check for result in self.tried}
        return any(r.inconclusive for r in self.results if r.check in tried)


def mark_fixed(results: Sequence[CheckResult], fixed: Sequence[CheckResult]) -> list[CheckResult]:
    """`results` with the fixed findings inserted at their checks, except for checks that are inconclusive now: whether
    the fix helped is then unknown."""
    marked: list[CheckResult] = []
    for check in dict.fromkeys(result.check for result in results):
        own = [r for r in results if r.check == check]
        known = not any(r.inconclusive for r in own)
        done = [replace(r, verdict=Verdict.OK, fixed=True) for r in fixed if r.check == check and known]
        marked += [*done, *(r for r in own if r.failed or not done)]
    return marked


@dataclass
class FixStep:
    """The fix of one finding, as a step of `step_runner`."""

    context: DoctorContext
    result: CheckResult
    needs: Sequence[str] = ()
    summary: str = "already fixed"

    @property
    def name(self) -> str:
        return self.result.check.name

    def todo(self) -> str:
        """Empty if another fix has solved this problem too."""
        now = run_check(self.result.check, self.context)
        still = self.result.is_among(now) or any(result.inconclusive for result in now)
        return self.result.message if still else ""

    def do(self) -> Iterator[str]:
        """Raises only MlopsctlError, whatever fails: other findings are still to be fixed."""
        fix, finding = self.result.check.fix, self.result.finding
        try:
            for message in fix(self.context, finding) if fix and finding else ():
                self.summary = message
                yield message
        except MlopsctlError:
            raise
        except CheckSkipped as e:
            raise MlopsctlError(f"{self.name} cannot be fixed: {e}.", hint=Hint.of("doctor")) from e
        except Exception as e:
            message = f"{self.name} was not fixed: {type(e).__name__}: {e}."
            raise from_os(e) or MlopsctlError(message, hint=Hint.of("doctor", "--only", self.name)) from e

    def detail(self) -> str:
        return self.summary
