"""Where a name of Airflow 2 is in the managed Airflow, according to its sources; nothing of it is run.

Ruff's AIR rules know such renames as well, but not those inside provider packages, nor what is installed here:
tests/operations/dags/airflow2/test_renames.py compares the tables below with them.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlopsctl.operations.dags.airflow2 import providers
from mlopsctl.operations.dags.airflow2.operators import SUCCESSORS

# Removed names and their replacements, from "Upgrading to Airflow 3" in Airflow's documentation.
REMOVED_NAMES = {
    "days_ago": "pendulum.today().subtract(days=N) instead of days_ago(N)",
    "SubDagOperator": "from airflow.sdk import TaskGroup",
    "DummyOperator": "from airflow.providers.standard.operators.empty import EmptyOperator",
    **{name: str(successor) for name, successor in SUCCESSORS.items()},
    **dict.fromkeys(
        ("BigQueryOperator", "BigQueryExecuteQueryOperator"),
        "from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator",
    ),
    "Dataset": "from airflow.sdk import Asset",
    "DatasetOrTimeSchedule": "from airflow.timetables.assets import AssetOrTimeSchedule",
    "sla": "deadline=DeadlineAlert(…) of the DAG, from Airflow 3.1 on; sla has no effect",
    "sla_miss_callback": "deadline=DeadlineAlert(…) of the DAG, from Airflow 3.1 on; sla_miss_callback has no effect",
    "create_session": "Variable.get, BaseHook.get_connection or the REST API; tasks cannot use the metadata database",
    "provide_session": "Variable.get, BaseHook.get_connection or the REST API; tasks cannot use the metadata database",
}
# Moved modules, for when it is not known which names a file imports from them.
MOVED_MODULES = {
    "airflow.operators.python_operator": "airflow.providers.standard.operators.python",
    "airflow.operators.bash_operator": "airflow.providers.standard.operators.bash",
    "airflow.operators.dummy_operator": "airflow.providers.standard.operators.empty",
    "airflow.operators.dummy": "airflow.providers.standard.operators.empty",
    "airflow.operators.dagrun_operator": "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.operators.mysql_operator": "airflow.providers.common.sql.operators.sql",
    "airflow.operators.subdag": "TaskGroup of airflow.sdk",
    "airflow.hooks.base_hook": "airflow.sdk.bases.hook",
    "airflow.hooks.mysql_hook": "airflow.providers.mysql.hooks.mysql",
    "airflow.hooks.postgres_hook": "airflow.providers.postgres.hooks.postgres",
    "airflow.sensors.base_sensor_operator": "airflow.sdk.bases.sensor",
    "airflow.sensors.external_task_sensor": "airflow.providers.standard.sensors.external_task",
    "airflow.utils.dates": "pendulum",
    "airflow.configuration": "conf of airflow.configuration, such as conf.get",
    "airflow.utils.weekday": "airflow.providers.standard.utils.weekday",
    "airflow.providers.cncf.kubernetes.operators.kubernetes_pod": "airflow.providers.cncf.kubernetes.operators.pod",
    "airflow.providers.cncf.kubernetes.triggers.kubernetes_pod": "airflow.providers.cncf.kubernetes.triggers.pod",
    "airflow.providers.slack.notifications.slack_notifier": "airflow.providers.slack.notifications.slack",
}
# Subpackages of airflow that redirect old names.
REDIRECTING = ("operators", "sensors", "hooks", "decorators", "notifications", "triggers", "models", "utils", "io")


def replacement(module: str, names: Iterable[str], site: Path | None) -> str:
    """What to write instead of `from module import names`; empty if unknown. `site`: the site-packages folder of the
    managed Airflow; None if it is not installed."""
    lines = {name: import_line(name, site) for name in names}
    found = [f"{name}: {line}" if len(lines) > 1 else line for name, line in lines.items() if line]
    return "; ".join(found) or MOVED_MODULES.get(module, "")


def import_line(name: str, site: Path | None) -> str:
    """The line that imports `name` in the managed Airflow or in a provider, or its replacement; empty if unknown."""
    if name in REMOVED_NAMES:
        return REMOVED_NAMES[name]
    return (_installed_line(name, site / "airflow") if site else "") or providers.import_line(name)


def _installed_line(name: str, airflow: Path) -> str:
    """Where the managed Airflow has it."""
    if name in _string_tables(airflow / "sdk" / "__init__.py"):
        return f"from airflow.sdk import {name}"
    for package in REDIRECTING:
        if target := _string_tables(airflow / package / "__init__.py").get(name, ""):
            return f"from {target.removesuffix(f'.{name}')} import {name}"
    # The name of a function, such as `get`, is not unique.
    providers = airflow / "providers" if name[0].isupper() else airflow / "providers" / "standard"
    module = next(_modules_defining(providers, name), "")
    return f"from {module} import {name}" if module else ""


def _string_tables(path: Path) -> dict[str, str]:
    """The string pairs of all literal dictionaries in a file: Airflow's tables of names and their modules."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[str(key.value)] = value.value
    return found


def _modules_defining(folder: Path, name: str) -> Iterator[str]:
    """The modules in a folder of installed providers that define `name`, shallowest first."""
    pattern = re.compile(rf"^(?:class|def) {re.escape(name)}\b".encode(), re.MULTILINE)
    for path in sorted(folder.rglob("*.py"), key=lambda path: (len(path.parts), str(path))):
        if pattern.search(path.read_bytes()):
            parts = path.with_suffix("").parts
            yield ".".join(parts[len(parts) - parts[::-1].index("airflow") - 1 :])
