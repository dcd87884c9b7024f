import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import CheckResult, Finding
from mlopsctl.operations.doctor.report import DoctorReport
from tests.operations.doctor.test_runner import make_check, passes

FIXABLE = make_check("fixable", passes, lambda *_: iter(()))


def result(verdict: Verdict, name: str = "disk", **values: bool) -> CheckResult:
    return CheckResult(make_check(name, passes), verdict, "broken.", Hint.of("setup"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("results", "summary"),
    [
        ([result(Verdict.OK)], "1 check: no problems found"),
        ([result(Verdict.ERROR), result(Verdict.ERROR)], "1 check: 2 errors"),
        (
            [
                result(Verdict.ERROR, "a"),
                result(Verdict.WARNING, "b"),
                result(Verdict.OK, "c", fixed=True),
                result(Verdict.SKIPPED, "d"),
            ],
            "4 checks: 1 error, 1 warning, 1 fixed, 1 skipped",
        ),
    ],
)
def test_summary_counts_checks_and_verdicts(results: list[CheckResult], summary: str) -> None:
    assert DoctorReport(results).summary == summary


def test_findings_are_shown_errors_with_the_name_of_the_check_as_code() -> None:
    found = DoctorReport([result(Verdict.WARNING, "disk"), result(Verdict.OK, "clock")]).result("mlopsctl --home /h")
    assert (found.status, found.exit_code, [error.code for error in found.shown_errors]) == ("error", 1, ["disk"])
    assert found.data["checks"][0] == {
        "name": "disk",
        "verdict": "warning",
        "message": "broken.",
        "hint": "mlopsctl --home /h setup",
        "fixable": False,
        "fixed": False,
    }


def test_fix_is_recommended_only_if_it_was_not_tried_in_vain() -> None:
    finding = CheckResult(FIXABLE, Verdict.ERROR, "broken.", finding=Finding("broken."))
    assert [message.hint.command for message in DoctorReport([finding]).result("mlopsctl").messages] == [
        (),
        ("doctor", "--fix"),
    ]
    failed = DoctorReport([finding], [MlopsctlError("it cannot be fixed.")]).result("mlopsctl")
    assert [message.hint.command for message in failed.messages] == [()]


def test_failed_fix_is_an_error_even_without_a_finding() -> None:
    found = DoctorReport([result(Verdict.OK)], [MlopsctlError("it took too long.")]).result("mlopsctl")
    assert (found.status, found.exit_code) == ("error", 1)
