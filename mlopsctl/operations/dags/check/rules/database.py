"""Use of Airflow's metadata database, from which Airflow 3 keeps DAG files and tasks away: the code raises when it
asks for a session."""

import ast
from collections.abc import Iterator

from mlopsctl.operations.dags.airflow2.database import INSTEAD
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "airflow-2-database"
SESSIONS = {
    "airflow.settings": frozenset({"Session", "NonScopedSession", "engine"}),
    "airflow.utils.db": frozenset({"create_session", "provide_session"}),
    "airflow.utils.session": frozenset({"create_session", "provide_session"}),
}
# Methods that ask for a session themselves.
MODELS = {
    "DagRun": frozenset({"find", "find_duplicate"}),
    "DagModel": frozenset({"get_dagmodel", "get_current", "get_paused_dag_ids"}),
    "Pool": frozenset({"get_pool", "get_pools", "create_or_update_pool", "delete_pool", "slots_stats"}),
}


@rule(RULE)
def check_database(source: Source) -> Iterator[Finding]:
    imported = dict(_imported(source))
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            for name in (alias.name for alias in node.names if alias.name in SESSIONS.get(node.module or "", ())):
                yield _finding(source, node, f"{node.module}.{name}")
        if isinstance(node, ast.Attribute):
            owner = imported.get(ast.unparse(node.value), "")
            if node.attr in SESSIONS.get(owner, ()) or node.attr in MODELS.get(owner, ()):
                yield _finding(source, node, f"{owner}.{node.attr}")


def _imported(source: Source) -> Iterator[tuple[str, str]]:
    """What names in the file stand for: a module of SESSIONS, or a class of MODELS."""
    for node in source.nodes:
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            whole = f"{module}.{alias.name}" if module else alias.name
            if whole in SESSIONS:
                yield alias.asname or (alias.name if module else whole), whole
            elif alias.name in MODELS and (module or "").startswith("airflow.models"):
                yield alias.asname or alias.name, alias.name


def _finding(source: Source, node: ast.expr | ast.stmt, name: str) -> Finding:
    message = f"`{name}` uses Airflow's metadata database, which DAG files and tasks cannot do in Airflow 3"
    return source.finding(RULE, node, message, hint=INSTEAD)
