"""The edits that add imports to a file."""

import ast

from mlopsctl.operations.dags.check.finding import Edit
from mlopsctl.operations.dags.check.source import Source


def is_imported(source: Source, module: str, name: str) -> bool:
    """Whether the file has `from module import name` at its top level."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == module and any(_is_plain(a, name) for a in node.names)
        for node in source.tree.body
    )


def add_import(source: Source, module: str, name: str) -> tuple[Edit, ...]:
    """The edit that adds `from module import name` after the imports of Airflow; none if the file has it."""
    return () if is_imported(source, module, name) else add_line(source, f"from {module} import {name}")


def add_module(source: Source, module: str) -> tuple[Edit, ...]:
    """The edit that adds `import module`; none if the file has it."""
    imported = [alias for node in source.tree.body if isinstance(node, ast.Import) for alias in node.names]
    return () if any(_is_plain(alias, module) for alias in imported) else add_line(source, f"import {module}")


def add_line(source: Source, line: str) -> tuple[Edit, ...]:
    """The edit that adds a line to the imports at the top level of a file."""
    offset = _end_of_imports(source)
    if offset and source.text[offset - 1] not in "\r\n":  # the last line of the file
        return (Edit(offset, offset, newline(source) + line),)
    return (Edit(offset, offset, line + newline(source)),)


def newline(source: Source) -> str:
    """The line end of a file."""
    return "\r\n" if "\r\n" in source.text else "\n"


def _end_of_imports(source: Source) -> int:
    """The start of the line after the last import of Airflow; of any import, or the docstring, if there is none."""
    imports = [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    airflow = [node for node in imports if _module(node).split(".")[0] == "airflow"]
    docstring = [
        node for node in source.tree.body[:1] if isinstance(node, ast.Expr) and node.value in source.docstrings
    ]
    last = next((nodes[-1] for nodes in (airflow, imports, docstring) if nodes), None)
    line = (last.end_lineno or last.lineno) if last else 0
    return source.line_starts[line] if line < len(source.line_starts) else len(source.text)


def _module(node: ast.Import | ast.ImportFrom) -> str:
    return (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name


def _is_plain(alias: ast.alias, name: str) -> bool:
    return alias.name == name and alias.asname in (None, name)
