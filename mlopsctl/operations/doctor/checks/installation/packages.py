"""The Python packages of the managed Airflow: compatible, and in the versions of the constraint file."""

import re
from collections.abc import Iterator
from datetime import datetime

from mlopsctl.adapters import process
from mlopsctl.adapters.venv import uv, uv_env
from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags.packages import install_packages
from mlopsctl.operations.dags.packages.module_packages import normalize
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext


def install_package(context: DoctorContext, requirement: str, **options: bool) -> Iterator[str]:
    """Install a package; then services that are running have to restart, as after an installation of Airflow."""
    yield f"installing {requirement}"
    install_packages.install(context.platform, [requirement], **options)
    context.platform.venv.record_path.touch()
    yield f"installed {requirement}"


def check_dependencies(context: DoctorContext) -> Iterator[Finding]:
    python = context.site_packages.parents[2] / "bin" / "python"
    done = process.run(uv("pip", "check", "--python", python), env=uv_env(), check=False)
    findings = [finding for line in done.err.splitlines() if (finding := _unmet_dependency(line))]
    yield from findings
    if done.code and not findings:
        message = f"the packages cannot be compared: {done.tail}"
        yield Finding(message, Hint.of("doctor", "--only", "venv"), fixable=False)


def _unmet_dependency(line: str) -> Finding | None:
    """What a line of `uv pip check` says."""
    if found := re.match(r"The package `([^`]+)` requires `(([^`\s<>=!~;\[]+)[^`]*)`, but (.*)", line):
        package, requirement, name, reason = found.groups()
        return Finding(f"{package} needs {requirement}, but {reason.replace('`', '')}.", details=name)
    if "requires Python" in line:
        return Finding(f"{line.strip().replace('`', '')}.", Hint.of("setup", "--python", "3.11"), fixable=False)
    return None


def fix_dependency(context: DoctorContext, finding: Finding) -> Iterator[str]:
    yield from install_package(context, finding.details)


def read_constraints(context: DoctorContext) -> dict[str, str]:
    """Versions by (normalised) package name, from the constraint file that the installation used. Raises CheckSkipped
    if the file no longer exists."""
    file = install_packages.constraint_file(context.home, context.install_record)
    if not file:
        raise CheckSkipped(f"the constraint file ({context.install_record.constraints}) no longer exists")
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("#")[0].split(";")[0].strip().split("==") for line in lines)
    return {normalize(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


def check_constraints(context: DoctorContext) -> Iterator[Finding]:
    constraints = read_constraints(context)
    for folder in sorted(context.site_packages.glob("*.dist-info")):
        project, version = folder.name.removesuffix(".dist-info").rsplit("-", 1)
        name = normalize(project)
        required = constraints.get(name, version)
        if required != version:
            since = datetime.fromtimestamp(folder.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
            message = f"{name} is {version} since {since}, but the constraint file requires {required}."
            yield Finding(message, details=f"{name}=={required}", key=f"{name}=={required}")


def fix_constraint(context: DoctorContext, finding: Finding) -> Iterator[str]:
    yield from install_package(context, finding.details, no_deps=True)


def check_mysqlclient(context: DoctorContext) -> Iterator[Finding]:
    version = {normalize(n): v for n, v in context.platform.venv.installed().items()}.get("mysqlclient")
    if not context.install_record or not version:
        yield Finding("mysqlclient is not installed.", details="mysqlclient")
        return
    done = process.run([context.home.python, "-c", "import MySQLdb"], env=uv_env(), check=False)
    error = done.err.strip().rpartition("\n")[2]
    if done.code and "cannot open shared object file" in error:
        hint = Hint(line="sudo apt-get install -y libmariadb3")
        yield Finding(f"mysqlclient cannot find its library: {error}.", hint, fixable=False)
    elif done.code:
        yield Finding(f"mysqlclient cannot be loaded: {error}.", details=f"mysqlclient=={version}")


def fix_mysqlclient(context: DoctorContext, finding: Finding) -> Iterator[str]:
    yield from install_package(context, finding.details, reinstall=True)


CHECKS = (
    Check(
        "dependencies", Group.INSTALLATION, "Incompatible packages cause failures in unexpected parts of the platform.",
        check_dependencies, fix_dependency,
    ),
    Check(
        "constraints", Group.INSTALLATION, "Airflow is tested with one set of versions; one pip install can break it.",
        check_constraints, fix_constraint,
    ),
    Check(
        "mysqlclient", Group.INSTALLATION, "DAGs and mlopsctl need it to connect to the feature store.",
        check_mysqlclient, fix_mysqlclient,
    ),
)  # fmt: skip
