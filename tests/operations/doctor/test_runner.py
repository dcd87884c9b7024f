"""All checks at once, whatever happens in one of them."""

import threading
from collections.abc import Iterator
from pathlib import Path

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, CheckResult, Finding, Group
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.doctor.registry import CHECKS
from mlopsctl.operations.doctor.runner import run_checks
from tests.operations.doctor.contexts import doctor_context, make_home


def passes(_context: DoctorContext) -> Iterator[Finding]:
    yield from ()


def skips(_context: DoctorContext) -> Iterator[Finding]:
    raise CheckSkipped("no service is running")


def refuses(_context: DoctorContext) -> list[Finding]:
    raise MlopsctlError("the server refuses.", hint=Hint.of("start"))


def is_denied(_context: DoctorContext) -> list[Finding]:
    raise PermissionError(13, "Permission denied", "/home/x")


def crashes(_context: DoctorContext) -> list[Finding]:
    raise ValueError("unexpected")


def make_check(name: str, inspect: object, fix: object = None, group: Group = Group.MACHINE) -> Check:
    return Check(name, group, "It matters.", inspect, fix)  # type: ignore[arg-type]


def run(home: Path, *checks: Check) -> list[CheckResult]:
    results: list[CheckResult] = []
    list(run_checks(doctor_context(home), checks, results))
    return results


def test_every_outcome_of_a_check_becomes_a_result(tmp_path: Path) -> None:
    functions = (passes, skips, refuses, is_denied, crashes)
    found = run(tmp_path, *(make_check(function.__name__, function) for function in functions))
    assert [(result.check.name, result.verdict, result.message) for result in found] == [
        ("passes", "ok", ""),
        ("skips", "skipped", "no service is running"),
        ("refuses", "error", "the server refuses."),
        ("is_denied", "error", "/home/x: Permission denied."),
        ("crashes", "error", "the check failed: ValueError: unexpected."),
    ]
    assert (found[2].hint.command, found[4].hint.command) == (("start",), ("-v", "doctor"))


def test_findings_before_an_exception_are_kept(tmp_path: Path) -> None:
    def finds_then_skips(context: DoctorContext) -> Iterator[Finding]:
        yield Finding("PostgreSQL refuses the connection.")
        yield from skips(context)

    results = run(tmp_path, make_check("both", finds_then_skips))
    assert [result.verdict for result in results] == ["error", "skipped"]


def test_fixable_finding_without_a_hint_recommends_the_fix(tmp_path: Path) -> None:
    def finds(_context: DoctorContext) -> list[Finding]:
        return [Finding("broken."), Finding("broken.", fixable=False), Finding("broken.", Hint.of("setup"))]

    hints = [result.hint.command for result in run(tmp_path, make_check("disk", finds, lambda *_: iter(())))]
    assert hints == [("doctor", "--fix", "--only", "disk"), (), ("setup",)]


def test_checks_run_in_parallel(tmp_path: Path) -> None:
    barrier = threading.Barrier(5, timeout=5)

    def waits(_context: DoctorContext) -> list[Finding]:
        barrier.wait()  # raises unless the others arrive
        return []

    results = run(tmp_path, *(make_check(f"waits-{n}", waits) for n in range(5)))
    assert {result.verdict for result in results} == {"ok"}


def test_check_that_does_not_answer_times_out_alone(tmp_path: Path) -> None:
    never, results = threading.Event(), list[CheckResult]()
    checks = [make_check("hangs", lambda _: never.wait() and []), make_check("passes", passes)]
    steps = list(run_checks(doctor_context(tmp_path), checks, results, timeout=0.05))
    never.set()
    assert [(result.check.name, result.verdict) for result in results] == [("hangs", "error"), ("passes", "ok")]
    assert {step.state for step in steps} == {"running"} and steps[-1].detail == "hangs"


def test_no_check_writes_anything(tmp_path: Path) -> None:
    run(tmp_path / "none", *CHECKS)
    assert list(tmp_path.iterdir()) == []
    home = make_home(tmp_path / "home")
    run(home, *CHECKS)
    assert [path.name for path in home.iterdir()] == ["config.toml"]
