"""The frame: everything at once, whatever happens in one check; mending in rounds."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError, as_hint
from mlopsctl.operations import doctor
from mlopsctl.operations.doctor.check import GROUPS, Check, Finding, Result
from mlopsctl.operations.doctor.context import Place, Skipped
from mlopsctl.operations.doctor.registry import CHECKS, choose
from tests.operations.doctor.contexts import place, set_up


def well(_place: Place) -> Iterator[Finding]:
    yield from ()


def skips(_place: Place) -> Iterator[Finding]:
    raise Skipped("no service runs")


def refuses(_place: Place) -> list[Finding]:
    raise MlopsctlError("the server says no.", hint="mlopsctl start")


def denied(_place: Place) -> list[Finding]:
    raise PermissionError(13, "Permission denied", "/home/x")


def breaks(_place: Place) -> list[Finding]:
    raise ValueError("an unforeseen word")


def named(name: str, look: object, mend: object = None) -> Check:
    return Check(name, "machine", "It matters.", look, mend)  # type: ignore[arg-type]


def results_of(home: Path, *checks: Check) -> list[Result]:
    results: list[Result] = []
    list(doctor.read(place(home), checks, results))
    return results


def test_whatever_happens_in_a_check_is_its_own_affair(tmp_path: Path) -> None:
    checks = [named(look.__name__, look) for look in (well, skips, refuses, denied, breaks)]
    found = [(r.check.name, r.verdict, r.message, as_hint(r.hint).text()) for r in results_of(tmp_path, *checks)]
    assert found[:3] == [
        ("well", "ok", "", ""),
        ("skips", "skipped", "no service runs", ""),
        ("refuses", "error", "the server says no.", "mlopsctl start"),
    ]
    assert found[3][:3] == ("denied", "error", "/home/x: Permission denied.")
    assert found[4][:3] == ("breaks", "error", "it failed: ValueError: an unforeseen word.")


def test_what_was_found_before_a_check_could_not_go_on_is_kept(tmp_path: Path) -> None:
    def half(place: Place) -> Iterator[Finding]:
        yield Finding("postgres refuses us.")
        yield from skips(place) or ()

    found = [(r.verdict, r.message) for r in results_of(tmp_path, named("half", half))]
    assert found == [("error", "postgres refuses us."), ("skipped", "no service runs")]


def test_checks_run_side_by_side(tmp_path: Path) -> None:
    meeting = threading.Barrier(5, timeout=5)

    def waits(_place: Place) -> list[Finding]:
        meeting.wait()  # raises where the others do not come
        return []

    checks = [named(f"waits{n}", waits) for n in range(5)]
    assert {result.verdict for result in results_of(tmp_path, *checks)} == {"ok"}


def test_a_check_that_does_not_answer_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PATIENCE", 0.3)
    monkeypatch.setattr(doctor, "TICK", 0.05)
    never, results = threading.Event(), list[Result]()
    began = time.monotonic()
    checks = [named("hangs", lambda _: never.wait() and []), named("well", well)]
    steps = list(doctor.read(place(tmp_path), checks, results))
    never.set()
    assert time.monotonic() - began < 3
    assert [(r.check.name, r.verdict) for r in results] == [("hangs", "error"), ("well", "ok")]
    assert {step.state for step in steps} == {"running"} and steps[-1].detail == "hangs"


def test_what_several_ask_is_asked_once_and_fails_for_all(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        raise MlopsctlError("no.")

    def looks(there: Place) -> list[Finding]:
        there.once("it", ask)
        return []

    found = results_of(tmp_path, *(named(f"asks{n}", looks) for n in range(4)))
    assert [r.message for r in found] == ["no."] * 4 and len(asked) == 1


def file_check(name: str, file: Path, *, mends: bool = True) -> Check:
    """Finds that a file is there, and mends it by removing it."""

    def look(_place: Place) -> Iterator[Finding]:
        if file.exists():
            yield Finding(f"{file.name} is there.", about=file)

    def mend(_place: Place, finding: Finding) -> Iterator[str]:
        if not mends:
            raise MlopsctlError("it does not go.", hint="rm it")
        finding.about.unlink()
        yield f"removed {finding.about.name}"

    return Check(name, "machine", "It matters.", look, mend)


def mended(home: Path, *checks: Check) -> tuple[list[Result], list[tuple[str, str, str]]]:
    results = results_of(home, *checks)
    steps = list(doctor.mend(lambda: place(home), checks, results))
    return results, [(step.name, step.state, step.detail) for step in steps if step.state != "running"]


def test_what_is_mended_is_looked_at_again_and_marked(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    only_looks = named("only", lambda _: [Finding("it is so.", "do it", fixable=True)])
    checks = [file_check("one", tmp_path / "a"), file_check("stays", tmp_path / "b", mends=False), only_looks]
    results, steps = mended(tmp_path, *checks)
    assert [(r.check.name, r.verdict, r.message, r.fixed, r.fixable) for r in results] == [
        ("one", "ok", "a is there.", True, True),
        ("stays", "error", "b is there.", False, True),
        ("only", "error", "it is so.", False, False),
    ]
    assert as_hint(results[1].hint).text() == "mlopsctl doctor --fix --only stays"
    assert steps == [("one", "changed", "removed a"), ("stays", "failed", "it does not go.")]


def test_what_another_mending_has_made_good_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    results, steps = mended(tmp_path, file_check("one", tmp_path / "a"), file_check("two", tmp_path / "a"))
    assert steps == [("one", "changed", "removed a"), ("two", "ok", "is well by now")]
    assert [(r.verdict, r.fixed) for r in results] == [("ok", True)] * 2


def test_what_a_mending_brings_to_light_is_mended_too(tmp_path: Path) -> None:
    (tmp_path / "above").touch()
    (tmp_path / "below").touch()

    def hidden(_place: Place) -> Iterator[Finding]:
        if (tmp_path / "above").exists():
            raise Skipped("above is there")
        yield from file_check("", tmp_path / "below").look(place(tmp_path))

    below = Check("below", "machine", "", hidden, file_check("", tmp_path / "below").mend)
    results, steps = mended(tmp_path, below, file_check("above", tmp_path / "above"))
    assert [step[0] for step in steps] == ["above", "below"]
    assert [(r.check.name, r.verdict, r.fixed) for r in results] == [("below", "ok", True), ("above", "ok", True)]


def moving(file: Path, *, mends: bool, key: str = "it") -> tuple[Check, list[int]]:
    """Says another number at each look, as a duration does; and how often it was mended."""
    looks, mendings = list[int](), list[int]()

    def look(_place: Place) -> Iterator[Finding]:
        looks.append(1)
        if file.exists():
            yield Finding(f"it has been there for {len(looks)} min.", key=key)

    def mend(_place: Place, _finding: Finding) -> Iterator[str]:
        mendings.append(1)
        if mends:
            file.unlink()
        yield "removed"

    return named("moves", look, mend), mendings


def test_a_finding_whose_words_move_is_known_again(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    check, mendings = moving(tmp_path / "a", mends=True)
    results, steps = mended(tmp_path, check)
    assert steps == [("moves", "changed", "removed")] and len(mendings) == 1
    assert [(r.verdict, r.message, r.fixed) for r in results] == [("ok", "it has been there for 1 min.", True)]


def test_what_was_not_mended_is_not_called_so_whatever_it_says_now(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    check, mendings = moving(tmp_path / "a", mends=False)
    results, _ = mended(tmp_path, check)
    assert len(mendings) == 1, "once is enough"
    assert [(r.verdict, r.message, r.fixed) for r in results] == [("error", "it has been there for 3 min.", False)]


def test_what_cannot_be_looked_at_afterwards_is_not_called_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Skipped, refused, or too late."""
    monkeypatch.setattr(doctor, "PATIENCE", 1.0)
    monkeypatch.setattr(doctor, "TICK", 0.05)
    monkeypatch.setattr(doctor, "SETTLE", 0.1)
    never = threading.Event()

    def hangs(_place: Place) -> list[Finding]:
        never.wait()
        return []

    def then(name: str, after: Callable[[Place], Iterable[Finding]]) -> Check:
        first = file_check(name, tmp_path / name)
        (tmp_path / name).touch()
        return replace(first, look=lambda there: [*first.look(there)] or after(there))

    checks = [then("0", skips), then("1", refuses), then("2", hangs)]
    results, steps = mended(tmp_path, *checks)
    never.set()
    assert [step[1:] for step in steps] == [("changed", f"removed {n}") for n in range(3)]
    assert [(r.verdict, r.message, r.fixed) for r in results] == [
        ("skipped", "no service runs", False),
        ("error", "the server says no.", False),
        ("error", "it has not answered within 1 s.", False),
    ]


def test_what_can_be_looked_at_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    """As a service that was restarted: it is `starting` first."""
    (tmp_path / "a").touch()
    first, looks = file_check("restarted", tmp_path / "a"), list[int]()

    def look(there: Place) -> Iterator[Finding]:
        looks.append(1)
        yield from skips(there) if len(looks) in (3, 4) else first.look(there)

    results, _ = mended(tmp_path, replace(first, look=look))
    assert len(looks) == 5 and [(r.verdict, r.message, r.fixed) for r in results] == [("ok", "a is there.", True)]


def test_checks_are_chosen_by_name_and_by_group() -> None:
    assert choose(()) == list(CHECKS)
    assert {check.group for check in choose(("machine",))} == {"machine"}
    assert [check.name for check in choose(("ports", "disk"))] == ["disk", "ports"]
    with pytest.raises(UsageError, match="there is no check or group 'machin'") as e:
        choose(("machin",))
    assert e.value.hint.text() == "mlopsctl doctor --only machine"


def test_every_check_has_a_name_of_its_own_a_group_and_a_reason() -> None:
    names = [check.name for check in CHECKS]
    assert len({*names, *GROUPS}) == len(names) + len(GROUPS)
    assert {check.group for check in CHECKS} <= set(GROUPS)
    assert all(check.why.endswith(".") for check in CHECKS)


def test_no_check_writes_anything_where_there_is_nothing(tmp_path: Path) -> None:
    results_of(tmp_path / "none", *CHECKS)
    assert list(tmp_path.iterdir()) == []
    home = set_up(tmp_path / "home")
    results_of(home, *CHECKS)
    assert [path.name for path in home.iterdir()] == ["config.toml"]
