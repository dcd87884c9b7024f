"""Fix findings in rounds, and check again."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, CheckResult, Finding, Group
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.doctor.fix import SETTLE, FixRun
from tests.operations.doctor.contexts import doctor_context
from tests.operations.doctor.test_runner import make_check, refuses, run, skips


class SkippingClock:
    """A clock on which the time to settle passes with the second sleep."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, SETTLE * 0.6)


def file_check(name: str, file: Path, *, fixes: bool = True, group: Group = Group.MACHINE) -> Check:
    """Finds that a file exists; the fix removes it."""

    def inspect(_context: DoctorContext) -> Iterator[Finding]:
        if file.exists():
            yield Finding(f"{file.name} exists.", details=file)

    def fix(_context: DoctorContext, finding: Finding) -> Iterator[str]:
        if not fixes:
            raise MlopsctlError("it cannot be removed.")
        finding.details.unlink()
        yield f"removed {finding.details.name}"

    return make_check(name, inspect, fix, group)


def run_and_fix(home: Path, *checks: Check, timeout: float = 5.0) -> tuple[list[CheckResult], list[tuple[str, ...]]]:
    """The results after the fixes, and the steps."""
    results = run(home, *checks)
    fixing = FixRun(lambda: doctor_context(home), checks, results, timeout=timeout, clock=SkippingClock())
    return results, [(step.name, step.state, step.detail) for step in fixing.run() if step.state != "running"]


def states(results: Iterable[CheckResult]) -> list[tuple[str, str, bool]]:
    return [(result.check.name, result.verdict, result.fixed) for result in results]


def test_fixed_findings_are_marked_and_others_are_kept(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    results, steps = run_and_fix(
        tmp_path,
        file_check("one", tmp_path / "a"),
        file_check("stays", tmp_path / "b", fixes=False),
        make_check("without-fix", lambda _: [Finding("broken.", Hint.of("setup"))]),
    )
    assert states(results) == [("one", "ok", True), ("stays", "error", False), ("without-fix", "error", False)]
    assert [result.fixable for result in results] == [True, True, False]
    assert steps == [("one", "changed", "removed a"), ("stays", "failed", "it cannot be removed.")]


def test_unexpected_error_of_a_fix_becomes_a_failed_step(tmp_path: Path) -> None:
    def crashes(_context: DoctorContext, _finding: Finding) -> Iterator[str]:
        raise ValueError("unexpected")

    def needs_more(_context: DoctorContext, _finding: Finding) -> Iterator[str]:
        raise CheckSkipped("no service is running")

    checks = [make_check(fix.__name__, lambda _: [Finding("broken.")], fix) for fix in (crashes, needs_more)]
    results, steps = run_and_fix(tmp_path, *checks)
    assert [result.verdict for result in results] == ["error", "error"]
    assert [step[:2] for step in steps] == [("crashes", "failed"), ("needs_more", "failed")]


def test_finding_that_another_fix_has_solved_is_not_fixed_again(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    results, steps = run_and_fix(tmp_path, file_check("one", tmp_path / "a"), file_check("two", tmp_path / "a"))
    assert steps == [("one", "changed", "removed a"), ("two", "ok", "already fixed")]
    assert states(results) == [("one", "ok", True), ("two", "ok", True)]


def test_finding_that_a_fix_uncovers_is_fixed_too(tmp_path: Path) -> None:
    for name in ("above", "below"):
        (tmp_path / name).touch()
    below = file_check("below", tmp_path / "below")

    def inspect(context: DoctorContext) -> Iterable[Finding]:
        if (tmp_path / "above").exists():
            raise CheckSkipped("above exists")
        return below.inspect(context)

    results, steps = run_and_fix(tmp_path, replace(below, inspect=inspect), file_check("above", tmp_path / "above"))
    assert [step[0] for step in steps] == ["above", "below"]
    assert states(results) == [("below", "ok", True), ("above", "ok", True)]


def test_groups_are_fixed_one_after_the_other(tmp_path: Path) -> None:
    """What the first group leaves to the second is decided after a new check."""
    (tmp_path / "a").touch()
    checks = [file_check("first", tmp_path / "a"), file_check("second", tmp_path / "a", group=Group.SERVICES)]
    results, steps = run_and_fix(tmp_path, *checks)
    assert [step[0] for step in steps] == ["first"]
    assert states(results) == [("first", "ok", True), ("second", "ok", False)]


def counting_check(file: Path, *, fixes: bool) -> tuple[Check, list[int]]:
    """Its message has another number each time, as a duration does; and a list with an item per fix."""
    inspections, calls = list[int](), list[int]()

    def inspect(_context: DoctorContext) -> Iterator[Finding]:
        inspections.append(1)
        if file.exists():
            yield Finding(f"the file has existed for {len(inspections)} min.", key="file")

    def fix(_context: DoctorContext, _finding: Finding) -> Iterator[str]:
        calls.append(1)
        if fixes:
            file.unlink()
        yield "removed"

    return make_check("counts", inspect, fix), calls


def test_finding_is_recognized_by_its_key_if_its_message_changes(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    check, calls = counting_check(tmp_path / "a", fixes=True)
    results, steps = run_and_fix(tmp_path, check)
    assert steps == [("counts", "changed", "removed")] and len(calls) == 1
    assert states(results) == [("counts", "ok", True)]


def test_finding_that_is_still_there_is_not_marked_as_fixed(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    check, calls = counting_check(tmp_path / "a", fixes=False)
    results, _ = run_and_fix(tmp_path, check)
    assert len(calls) == 1, "it is tried once only"
    assert states(results) == [("counts", "error", False)]


def test_finding_is_not_marked_as_fixed_if_the_check_is_inconclusive_afterwards(tmp_path: Path) -> None:
    never = threading.Event()

    def hangs(_context: DoctorContext) -> list[Finding]:
        never.wait()
        return []

    def finds_then(name: str, after: Callable[[DoctorContext], Iterable[Finding]]) -> Check:
        (tmp_path / name).touch()
        first = file_check(name, tmp_path / name)
        return replace(first, inspect=lambda context: [*first.inspect(context)] or after(context))

    checks = [finds_then("0", skips), finds_then("1", refuses), finds_then("2", hangs)]
    # A check that does not hang must answer in time on a busy machine, too.
    results, steps = run_and_fix(tmp_path, *checks, timeout=0.4)
    never.set()
    assert [step[1] for step in steps] == ["changed"] * 3
    assert states(results) == [("0", "skipped", False), ("1", "error", False), ("2", "error", False)]


def test_inconclusive_check_is_repeated_for_a_while(tmp_path: Path) -> None:
    """A service that was restarted is `starting` first."""
    (tmp_path / "a").touch()
    first, inspections = file_check("restarted", tmp_path / "a"), list[int]()

    def inspect(context: DoctorContext) -> Iterable[Finding]:
        inspections.append(1)
        return skips(context) if len(inspections) in (3, 4) else first.inspect(context)

    results, _ = run_and_fix(tmp_path, replace(first, inspect=inspect))
    assert len(inspections) == 5 and states(results) == [("restarted", "ok", True)]
