"""The strings of a DAG file that describe it: Airflow shows them, and renders no template in them."""

import ast
from collections.abc import Iterator

DOCUMENTATION = ("doc", "doc_md", "doc_rst", "doc_json", "doc_yaml", "description", "__doc__")


def documentation(tree: ast.AST) -> Iterator[ast.expr]:
    """`doc_md="…"`, `dag.doc_md = "…"`, and the value of a constant that is used for nothing else."""
    shown = list(_shown(tree))
    yield from shown
    used = {id(node) for expression in shown for node in ast.walk(expression)}
    elsewhere, here = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            (here if id(node) in used else elsewhere).add(node.id)
    only_shown = here - elsewhere
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") in only_shown for target in node.targets):
            yield node.value


def _shown(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in DOCUMENTATION:
            yield node.value
        if isinstance(node, ast.Assign) and any(_name(target) in DOCUMENTATION for target in node.targets):
            yield node.value


def _name(target: ast.expr) -> str:
    """`doc_md` in `dag.doc_md = …`."""
    name = getattr(target, "attr", getattr(target, "id", ""))
    return name if isinstance(name, str) else ""
