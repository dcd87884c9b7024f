"""Homes for doctor checks: real adapters on a home in a temporary folder."""

from pathlib import Path

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core import settings as settings_file
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, CheckResult, Finding
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.doctor.registry import CHECKS
from mlopsctl.operations.doctor.runner import run_check

ROOT_DIR = Path("/")


def doctor_context(home: Path, machine: Path = ROOT_DIR) -> DoctorContext:
    """A context for the current state of a home."""
    app = App(home, "doctor", Output())
    return DoctorContext(app.platform_with(settings_file.load(app.home.config)), machine=machine)


def make_home(home: Path, config: str = "") -> Path:
    """A home that has settings and nothing else."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(config, encoding="utf-8")
    return home


def get_check(name: str) -> Check:
    return next(check for check in CHECKS if check.name == name)


def findings(name: str, home: Path) -> list[Finding]:
    """What a check finds. Raises whatever the check raises."""
    return list(get_check(name).inspect(doctor_context(home)))


def results(name: str, home: Path, machine: Path = ROOT_DIR) -> list[CheckResult]:
    return run_check(get_check(name), doctor_context(home, machine))


def verdicts(name: str, home: Path, machine: Path = ROOT_DIR) -> list[Verdict]:
    return [result.verdict for result in results(name, home, machine)]


def outcome(name: str, home: Path, machine: Path = ROOT_DIR) -> tuple[Verdict, str]:
    """Verdict and message of a check that has one result."""
    (result,) = results(name, home, machine)
    return result.verdict, result.message


def is_ok(name: str, home: Path, machine: Path = ROOT_DIR) -> bool:
    return verdicts(name, home, machine) == [Verdict.OK]


def fix_first(name: str, home: Path) -> list[str]:
    """Fix the first finding of a check; the messages of the fix."""
    check = get_check(name)
    (finding, *_) = check.inspect(doctor_context(home))
    assert check.fix and finding.fixable
    return list(check.fix(doctor_context(home), finding))
