"""The Airflow providers that DAG files import."""

from collections.abc import Iterator

from mlopsctl.core.hint import Hint
from mlopsctl.operations.dags.import_errors import import_context, project_requirements
from mlopsctl.operations.dags.packages import module_packages
from mlopsctl.operations.doctor.check import Check, Finding, Group, Scope
from mlopsctl.operations.doctor.checks.dags.sources import first_of, location, sources
from mlopsctl.operations.doctor.context import DoctorContext


def check_providers(context: DoctorContext) -> Iterator[Finding]:
    """Never fixed: only the user may decide to install something. `dags fix` would not find these, because it goes by
    import errors, and an import inside a task causes none."""
    folders = (path.name.removesuffix(".dist-info") for path in context.site_packages.glob("*.dist-info"))
    installed = {module_packages.normalize(name.rpartition("-")[0]) for name in folders}
    missing: dict[str, list[str]] = {}
    hints: dict[str, Hint] = {}
    project = import_context.read(context.platform)
    for source in sources(context):
        for import_ in source.imports:
            modules = [f"{import_.module}.{name}" for name in import_.names] or [import_.module]
            for package in {module_packages.provider_distribution(module) for module in modules} - {"", *installed}:
                missing.setdefault(package, []).append(location(context, source.path, import_.line))
                hints.setdefault(package, project_requirements.find(source.path, project).keep(package))
    for package, where in sorted(missing.items()):
        message = f"the provider {package} is not installed; {first_of(where)} imports it."
        yield Finding(message, hints[package])


CHECKS = (
    Check(
        "providers", Group.INSTALLATION, "A DAG cannot be imported without the providers that it uses.",
        check_providers, scope=Scope.PLATFORM,
    ),
)  # fmt: skip
