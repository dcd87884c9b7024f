"""The DAGs that a file creates whenever it is read, at its top level and under a name or in a context."""

import ast
from collections.abc import Collection, Iterator

Lines = tuple[int, int]  # the first and the last


def top_level_dags(tree: ast.Module, from_airflow: Collection[str]) -> Iterator[Lines]:
    """The lines in which the DAG is called. `from_airflow`: the names that the file imports from Airflow."""
    decorated = dict(_decorated(tree)) if "dag" in from_airflow else {}
    for node in tree.body:
        if isinstance(node, ast.With):
            calls = [item.context_expr for item in node.items if _is_dag(item.context_expr, from_airflow)]
            yield from ((call.lineno, call.end_lineno or call.lineno) for call in calls)
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) else None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in decorated:
            yield decorated[value.func.id]
        elif not isinstance(node, ast.Expr) and _is_dag(value, from_airflow):  # Airflow looks for it under a name
            yield node.lineno, node.end_lineno or node.lineno


def _decorated(tree: ast.Module) -> Iterator[tuple[str, Lines]]:
    for node in tree.body:
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            name = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(name, ast.Name) and name.id == "dag" and isinstance(node, ast.FunctionDef):
                yield node.name, (decorator.lineno, node.lineno)


def _is_dag(node: ast.expr | None, from_airflow: Collection[str]) -> bool:
    """`DAG(…)` or `airflow.DAG(…)`."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        root = node.func.value
        return node.func.attr == "DAG" and isinstance(root, ast.Name) and root.id in {"airflow", *from_airflow}
    return isinstance(node.func, ast.Name) and node.func.id == "DAG" and "DAG" in from_airflow
