"""Places for the doctor to look at: real adapters on a home in a temporary folder."""

from pathlib import Path

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core import settings as settings_file
from mlopsctl.operations.doctor import examine
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place
from mlopsctl.operations.doctor.registry import CHECKS


def place(home: Path, machine: Path = Path("/")) -> Place:
    """As it is just now."""
    app = App(home, "doctor", Output())
    return Place(app.platform_with(settings_file.load(app.home.config)), machine=machine)


def set_up(home: Path, config: str = "") -> Path:
    """A home with settings, and nothing else."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(config, encoding="utf-8")
    return home


def check(name: str) -> Check:
    return next(check for check in CHECKS if check.name == name)


def findings(name: str, home: Path) -> list[Finding]:
    """What a check finds."""
    return list(check(name).look(place(home)))


def look(name: str, home: Path, machine: Path = Path("/")) -> list[tuple[str, str]]:
    """Verdicts and messages of a check."""
    return [(result.verdict, result.message) for result in examine(check(name), place(home, machine))]


def mend(name: str, home: Path) -> list[str]:
    """What the check does about its first finding."""
    its = check(name)
    (finding, *_) = its.look(place(home))
    assert its.mend and isinstance(finding, Finding) and finding.fixable
    return list(its.mend(place(home), finding))
