"""What `mlopsctl doctor` reports: every result, a summary, and how to go on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.result import Message, Result
from mlopsctl.core.states import Status, Verdict
from mlopsctl.core.text import duration, plural
from mlopsctl.operations.doctor.check import Check, CheckResult


@dataclass(frozen=True)
class DoctorReport:
    """`fix_errors`: why something could not be fixed. `seconds`: how long it took."""

    results: Sequence[CheckResult]
    fix_errors: Sequence[MlopsctlError] = ()
    seconds: float = 0.0

    @property
    def failed(self) -> list[CheckResult]:
        return [result for result in self.results if result.failed]

    @property
    def skipped(self) -> dict[str, list[str]]:
        """The names of the skipped checks, by reason."""
        reasons: dict[str, list[str]] = {}
        for result in self.results:
            if result.verdict is Verdict.SKIPPED:
                reasons.setdefault(result.message, []).append(result.check.name)
        return reasons

    def result(self, program: str) -> Result:
        """`program`: how mlopsctl is called, for the hints. A fix may fail and leave no finding behind, such as a
        service that took too long to start: that is an error too."""
        findings = tuple(MlopsctlError(r.message, hint=r.hint, code=r.check.name) for r in self.failed)
        return Result(
            {"checks": [_entry(result, program) for result in self.results]},
            Status.ERROR if findings or self.fix_errors else Status.OK,
            tuple(self._messages()),
            errors=tuple(self.fix_errors),
            shown_errors=findings,
        )

    def _messages(self) -> Iterator[Message]:
        yield Message(f"{self.summary}  {duration(self.seconds)}")
        fixable = sum(result.fixable for result in self.failed)
        if fixable and not self.fix_errors:
            text = f"{fixable} of {plural(len(self.failed), 'problem')} can be fixed automatically."
            yield Message(text, hint=Hint.of("doctor", "--fix"))

    @property
    def summary(self) -> str:
        """`58 checks: 2 errors, 1 skipped`."""
        verdicts = [result.verdict for result in self.results]
        errors, warnings = verdicts.count(Verdict.ERROR), verdicts.count(Verdict.WARNING)
        fixed, skipped = sum(result.fixed for result in self.results), verdicts.count(Verdict.SKIPPED)
        counts = [plural(errors, "error")] * bool(errors) + [plural(warnings, "warning")] * bool(warnings)
        counts += [f"{fixed} fixed"] * bool(fixed) + [f"{skipped} skipped"] * bool(skipped)
        checks = len({result.check.name for result in self.results})
        return f"{plural(checks, 'check')}: {', '.join(counts) or 'no problems found'}"


def _entry(result: CheckResult, program: str) -> dict[str, Any]:
    return {
        "name": result.check.name,
        "verdict": result.verdict,
        "message": result.message,
        "hint": result.hint.text(program),
        "fixable": result.fixable,
        "fixed": result.fixed,
    }


def list_checks(checks: Sequence[Check]) -> Result:
    """The data of `doctor --list-checks`."""
    entries = [{"name": c.name, "group": c.group, "why": c.why, "fixable": c.fix is not None} for c in checks]
    return Result({"checks": entries})
