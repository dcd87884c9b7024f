"""Imports of Airflow 3, where the target is Airflow 2."""

from collections.abc import Iterator

from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.rule import project_rule

RULE = "airflow-3-import"
SDK = "airflow.sdk"


@project_rule(RULE)
def check_airflow3_imports(project: Project) -> Iterator[Finding]:
    for source in project.sources if project.target.airflow2 else ():
        for found in source.names.imports:
            if found.module == SDK or found.module.startswith(f"{SDK}."):
                where = source.line_starts[found.line - 1]
                hint = "use airflow, airflow.decorators or airflow.models"
                yield source.finding(RULE, where, f"`{found.module}` does not exist in Airflow 2", hint=hint)
