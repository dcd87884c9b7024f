"""Where what Airflow 2 had is in the managed Airflow: as that says itself, in its sources. Nothing of it is run."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# Names that have gone, and what is written today. From "Upgrading to Airflow 3" in Airflow's documentation.
GONE = {
    "days_ago": "pendulum.today().subtract(days=N) for days_ago(N)",
    "SubDagOperator": "from airflow.sdk import TaskGroup",
    "DummyOperator": "from airflow.providers.standard.operators.empty import EmptyOperator",
    "MySqlOperator": "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator",
    "PostgresOperator": "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator",
    "SqliteOperator": "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator",
    "SimpleHttpOperator": "from airflow.providers.http.operators.http import HttpOperator",
    "Dataset": "from airflow.sdk import Asset",
    "create_session": "the REST API: tasks have no way into Airflow's own database",
    "provide_session": "the REST API: tasks have no way into Airflow's own database",
}
# Modules that have gone, where no name tells more.
MODULES = {
    "airflow.operators.python_operator": "airflow.providers.standard.operators.python",
    "airflow.operators.bash_operator": "airflow.providers.standard.operators.bash",
    "airflow.operators.dummy_operator": "airflow.providers.standard.operators.empty",
    "airflow.operators.dummy": "airflow.providers.standard.operators.empty",
    "airflow.operators.dagrun_operator": "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.operators.mysql_operator": "airflow.providers.common.sql.operators.sql",
    "airflow.operators.subdag": "airflow.sdk (TaskGroup)",
    "airflow.hooks.base_hook": "airflow.sdk.bases.hook",
    "airflow.hooks.mysql_hook": "airflow.providers.mysql.hooks.mysql",
    "airflow.hooks.postgres_hook": "airflow.providers.postgres.hooks.postgres",
    "airflow.sensors.base_sensor_operator": "airflow.sdk.bases.sensor",
    "airflow.sensors.external_task_sensor": "airflow.providers.standard.sensors.external_task",
    "airflow.utils.dates": "pendulum",
}
ARGUMENTS = {
    "schedule_interval": "schedule",
    "timetable": "schedule",
    "concurrency": "max_active_tasks",
    "fail_stop": "fail_fast",
    "task_concurrency": "max_active_tis_per_dag",
}
TABLES = ("operators", "sensors", "hooks", "decorators", "notifications", "triggers", "models", "utils", "io")


def remedy(module: str, names: Iterable[str], site: Path | None) -> str:
    """What is to be written instead of `from module import names`. `site`: the folder of the managed Airflow's
    packages; None: there is none to ask."""
    found = {name: place(name, site) for name in names}
    written = [f"{name}: {words}" if len(found) > 1 else words for name, words in found.items() if words]
    if written:
        return "; ".join(written)
    if module in MODULES:
        return MODULES[module]
    return "its new place, in airflow.sdk or in a provider"


def place(name: str, site: Path | None) -> str:
    """The line that imports `name` today; empty where nothing installed has it."""
    if name in GONE:
        return GONE[name]
    if not site:
        return ""
    airflow = site / "airflow"
    if name in _table(airflow / "sdk" / "__init__.py"):
        return f"from airflow.sdk import {name}"
    for package in TABLES:
        target = _table(airflow / package / "__init__.py").get(name, "")
        if "." in target:
            return f"from {target.rpartition('.')[0]} import {name}"
    module = next(_defining(airflow / "providers", name), "")
    return f"from {module} import {name}" if module else ""


def _table(path: Path) -> dict[str, str]:
    """Airflow's tables of what is where, literal dictionaries at the top of a file: name → place."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[str(key.value)] = value.value
    return found


def _defining(providers: Path, name: str) -> Iterator[str]:
    """The modules of installed providers that define `name`, the least deep first."""
    pattern = re.compile(rf"^(?:class|def) {re.escape(name)}\b".encode(), re.MULTILINE)
    for path in sorted(providers.rglob("*.py"), key=lambda path: (len(path.parts), str(path))):
        if pattern.search(path.read_bytes()):
            yield "airflow.providers." + ".".join(path.relative_to(providers).with_suffix("").parts)
