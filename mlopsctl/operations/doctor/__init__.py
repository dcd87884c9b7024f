"""Look at everything side by side; mend what is safe, one by one, and look again."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mlopsctl.core.errors import MlopsctlError, as_hint, from_os
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations import step_runner
from mlopsctl.operations.doctor.check import Check, Finding, Result
from mlopsctl.operations.doctor.context import Place, Skipped

TICK = 0.25  # seconds between two signs of life
PATIENCE = 30.0  # seconds after which a check that has not answered is given up; on a busy machine one may take 10
SETTLE = 5.0  # seconds: who was restarted is `starting` for a moment, and is not asked meanwhile
ROUNDS = 10  # so many times is mended and looked again: what is mended may bring to light what it hid


def read(place: Place, checks: Sequence[Check], results: list[Result]) -> Iterator[Step]:
    """Look, all at once. Yields signs of life; fills `results`, in the order of the checks.

    A check that does not answer holds up nobody: its thread is left to its fate.
    """
    came: queue.Queue[tuple[Check, list[Result]]] = queue.Queue()
    began = time.monotonic()

    def work(check: Check) -> None:
        came.put((check, examine(check, place)))

    for check in checks:
        threading.Thread(target=work, args=(check,), daemon=True).start()
    found: dict[str, list[Result]] = {}
    while len(found) < len(checks) and time.monotonic() - began < PATIENCE:
        try:
            check, its = came.get(timeout=TICK)
            found[check.name] = its
        except queue.Empty:
            left = [check.name for check in checks if check.name not in found]
            yield Step("look", StepState.RUNNING, ", ".join(left), time.monotonic() - began)
    results[:] = [result for check in checks for result in found.get(check.name) or [_late(check)]]


def _late(check: Check) -> Result:
    hint = Hint.of("doctor", "--only", check.name)
    return Result(check, "error", f"it has not answered within {PATIENCE:.0f} s.", hint)


def examine(check: Check, place: Place) -> list[Result]:
    """One check, whatever happens in it. What it has found before it could not go on is kept."""
    found: list[Result] = []
    try:
        for finding in check.look(place):
            found.append(_result(check, finding))  # it may end by an exception
        return found or [Result(check, "ok")]
    except Skipped as e:
        return [*found, Result(check, "skipped", str(e))]
    except Exception as e:  # noqa: BLE001  # one check's failure is its finding, and takes no other with it
        foreseen = e if isinstance(e, MlopsctlError) else from_os(e)
        if foreseen:
            return [*found, Result(check, "error", foreseen.message, foreseen.hint)]
        return [*found, Result(check, "error", f"it failed: {type(e).__name__}: {e}.", Hint.of("-v", "doctor"))]


def _result(check: Check, finding: Finding) -> Result:
    hint = as_hint(finding.hint)
    result = Result(check, finding.verdict, finding.message, hint, finding)
    if result.fixable and not hint:
        hint = Hint.of("doctor", "--fix", "--only", check.name)
    return Result(check, finding.verdict, finding.message, hint, finding)


def mend(place: Callable[[], Place], checks: Sequence[Check], results: list[Result]) -> Iterator[Step]:
    """Mend what can be mended, one by one, and look again. Yields steps as stages.run does.

    Group by group, from the ground up: what has no keys yet must not be started. `place`: makes a fresh one, for what
    was asked once is no longer true. `results`: what was found; then how it stands afterwards, with what is mended
    marked so.
    """
    tried: list[Result] = []
    failed: list[Result] = []
    for _ in range(ROUNDS):
        todo = [r for r in results if r.bad and r.fixable and not _among(r, tried)]
        if not todo:
            break
        todo = [result for result in todo if result.check.group == todo[0].check.group]
        for result in todo:
            for step in step_runner.run([Mending(place(), result)]):
                yield step
                failed += [result] if step.error else []
        tried += todo
        until = time.monotonic() + SETTLE
        yield from read(place(), checks, results)
        while _blind([r for r in results if r.check in {t.check for t in tried}]) and time.monotonic() < until:
            time.sleep(TICK)
            yield from read(place(), checks, results)
    results[:] = _marked(results, [r for r in tried if r not in failed and not _among(r, results)])


@dataclass
class Mending:
    """One finding, made good."""

    place: Place
    result: Result
    needs: Sequence[str] = ()
    done: str = ""

    @property
    def name(self) -> str:
        return self.result.check.name

    def todo(self) -> str:
        """Empty where another mending has made it good too."""
        now = examine(self.result.check, self.place)
        return self.result.message if _among(self.result, now) or _blind(now) else ""

    def do(self) -> Iterator[str]:
        """Raises MlopsctlError, whatever fails: others are still to be mended."""
        mend, finding = self.result.check.mend, self.result.finding
        try:
            for saying in mend(self.place, finding) if mend and finding else ():
                self.done = saying
                yield saying
        except MlopsctlError:
            raise
        except Skipped as e:
            raise MlopsctlError(f"it cannot be mended: {e}.", hint=Hint.of("doctor")) from e
        except Exception as e:
            said = f"{self.name} was not mended: {type(e).__name__}: {e}."
            raise from_os(e) or MlopsctlError(said, hint=Hint.of("doctor", "--only", self.name)) from e

    def detail(self) -> str:
        return self.done or "is well by now"


def _among(result: Result, others: Sequence[Result]) -> bool:
    return any(other.check.name == result.check.name and other.key == result.key for other in others)


def _blind(results: Sequence[Result]) -> bool:
    return any(result.blind for result in results)


def _marked(results: Sequence[Result], mended: Sequence[Result]) -> list[Result]:
    """With the mended findings at the place of their checks, but of those that could not look: nobody has seen it."""
    marked: list[Result] = []
    for check in dict.fromkeys(result.check for result in results):
        last = [r for r in results if r.check == check]
        its = [replace(r, verdict="ok", fixed=True) for r in mended if r.check == check and not _blind(last)]
        marked += [*its, *(r for r in last if r.bad or not its)]
    return marked
