"""Reads DAG files without importing them: Airflow is not installed in the Python that runs the unit tests."""

import ast
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

DAGS = Path(__file__).parents[2] / "dags"


def load_definitions(file: Path, names: Collection[str], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Execute the named functions and constants of a file only. `namespace` replaces its imports."""
    definitions: list[ast.stmt] = [node for node in _tree(file).body if _defined_name(node) in names]
    values = dict(namespace)
    exec(compile(ast.Module(definitions, []), str(file), "exec"), values)  # noqa: S102
    return values


def _defined_name(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return node.name if isinstance(node, ast.FunctionDef) else ""


def parse_time_imports(file: Path) -> set[str]:
    """The modules that are imported when Airflow parses the file."""
    body = _tree(file).body
    modules = {node.module or "" for node in body if isinstance(node, ast.ImportFrom)}
    return modules | {alias.name for node in body if isinstance(node, ast.Import) for alias in node.names}


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))
