"""What a Python file imports, and which DAGs, variables and connections it names: read from its syntax, never run."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlopsctl.operations.dags.files.documentation import documentation
from mlopsctl.operations.dags.files.top_level_dags import top_level_dags

VARIABLE_TEMPLATE = re.compile(r"\{\{[^}]*?\bvar\.(?:value|json)\.(?!get\b)(\w+)")
CONNECTION_TEMPLATE = re.compile(r"\{\{[^}]*?\bconn\.(?!get\b)(\w+)")
# What Jinja leaves out, or prints as it is.
NOT_RENDERED = re.compile(r"\{#.*?#\}|\{%-?\s*raw\b.*?\bendraw\b", re.DOTALL)
VERSION_TEST = re.compile(r"version|airflow_v?_?\d", re.IGNORECASE)
IMPORT_EXCEPTIONS = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")
DEFAULT_ARGUMENTS = ("default", "default_var")


@dataclass(frozen=True)
class Import:
    """`module`: as written. `names`: what `from module import …` takes; empty for a plain `import`. `in_function`: the
    import runs when a task does, not when Airflow reads the file."""

    module: str
    line: int
    names: tuple[str, ...] = ()
    in_function: bool = False


@dataclass(frozen=True)
class Reference:
    """A name that a file uses, and its line."""

    name: str
    line: int


@dataclass
class PythonFile:
    """`error`: why the file is not valid Python. `relative_imports`: their modules begin with dots. `extends_path`: it
    uses `sys.path`, so that its imports can be found anywhere. `dag_ids`, `variables`, `connections`: those given as a
    string or as a constant of the file; names that are computed at run time are missing. `defines`: the DAGs that it
    creates whenever it is read, with an empty name if that is computed. `defined`: the names of its top level."""

    path: Path
    error: str = ""
    imports: list[Import] = field(default_factory=list)
    relative_imports: list[Import] = field(default_factory=list)
    extends_path: bool = False
    dag_ids: list[Reference] = field(default_factory=list)
    variables: list[Reference] = field(default_factory=list)
    connections: list[Reference] = field(default_factory=list)
    defines: list[Reference] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)


def parse_file(path: Path) -> PythonFile:
    """Raises OSError."""
    return parse(path, path.read_bytes())


def parse(path: Path, content: bytes) -> PythonFile:
    file = PythonFile(path)
    try:
        tree = ast.parse(content, str(path))
    except (SyntaxError, ValueError) as e:  # ValueError: null bytes
        file.error = str(e)
        return file
    return read_tree(path, tree)


def read_tree(path: Path, tree: ast.Module) -> PythonFile:
    """Of a file that was parsed already."""
    file = PythonFile(path)
    visitor = _Visitor(file, tree)
    visitor.visit(tree)
    for first, last in top_level_dags(tree, visitor.from_airflow):
        known = [reference for reference in file.dag_ids if first <= reference.line <= last]
        file.defines += known or [Reference("", first)]
    return file


class _Visitor(ast.NodeVisitor):
    def __init__(self, file: PythonFile, tree: ast.Module) -> None:
        self.file = file
        self.function_depth = 0
        self.from_airflow: set[str] = set()  # names imported from Airflow
        self.constants = dict(_constants(tree))
        self.not_rendered = {node for text in documentation(tree) for node in ast.walk(text)}
        file.defined |= {name for node in tree.body for name in _defined_names(node)}

    def string(self, node: ast.AST | None) -> str | None:
        """The value of an expression; None unless it is a string known without running the file."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        if isinstance(node, ast.FormattedValue):
            return self.string(node.value) if node.format_spec is None else None
        if isinstance(node, ast.JoinedStr | ast.BinOp):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
            strings = [self.string(part) for part in parts]
            joins = not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Add)
            return "".join(string for string in strings if string) if joins and None not in strings else None
        return None

    def add(self, references: list[Reference], node: ast.AST | None) -> None:
        name = self.string(node)
        if name and "{{" not in name:
            references.append(Reference(name, getattr(node, "lineno", 0)))

    # Imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.file.imports.append(Import(alias.name, node.lineno, (), self.function_depth > 0))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = tuple(alias.name for alias in node.names)
        if node.level or not node.module:
            module = "." * node.level + (node.module or "")
            self.file.relative_imports.append(Import(module, node.lineno, names, self.function_depth > 0))
            return
        self.file.imports.append(Import(node.module, node.lineno, names, self.function_depth > 0))
        if node.module.split(".")[0] == "airflow":
            self.from_airflow |= {alias.asname or alias.name for alias in node.names}

    def visit_If(self, node: ast.If) -> None:
        """An import for one of several versions is left out, like one for type checkers."""
        test = ast.unparse(node.test)
        kept = len(self.file.imports)
        if test.endswith("TYPE_CHECKING"):
            for child in node.orelse:
                self.visit(child)
            return
        self.generic_visit(node)
        if VERSION_TEST.search(test):
            del self.file.imports[kept:]

    def visit_Try(self, node: ast.Try) -> None:
        """An import whose failure the file handles is not needed, so it is left out."""
        handled = [ast.unparse(handler.type) if handler.type else "Exception" for handler in node.handlers]
        if not any(name in names for names in handled for name in IMPORT_EXCEPTIONS):
            self.generic_visit(node)
            return
        kept = len(self.file.imports)
        self.generic_visit(node)
        del self.file.imports[kept:]

    # DAGs, variables and connections

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list if "dag" in self.from_airflow else ():
            if isinstance(decorator, ast.Name) and decorator.id == "dag":
                self.file.dag_ids.append(Reference(node.name, node.lineno))
            if isinstance(decorator, ast.Call) and _called_name(decorator) == "dag":
                given = _argument(decorator, "dag_id", 0)
                self.add(self.file.dag_ids, given or ast.Constant(node.name, lineno=node.lineno, col_offset=0))
        for name, default in _defaults(node.args):
            self._connection(name, default)
        self.function_depth += 1
        self.generic_visit(node)
        self.function_depth -= 1

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Call(self, node: ast.Call) -> None:
        name, owner = _called_name(node), _owner_name(node)
        if name == "DAG":
            self.add(self.file.dag_ids, _argument(node, "dag_id", 0))
        has_default = len(node.args) > 1 or any(keyword.arg in DEFAULT_ARGUMENTS for keyword in node.keywords)
        if (owner, name) == ("Variable", "get") and not has_default:
            self.add(self.file.variables, _argument(node, "key", 0))
        if name == "get_connection" or (owner, name) == ("Connection", "get"):
            self.add(self.file.connections, _argument(node, "conn_id", 0))
        if name.endswith("Hook") and node.args:
            self.add(self.file.connections, node.args[0])
        for keyword in node.keywords:
            if name != "get_connection":
                self._connection(keyword.arg or "", keyword.value)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._connection(self.string(key) or "", value)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.file.extends_path |= node.attr == "path" and isinstance(node.value, ast.Name) and node.value.id == "sys"
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A string that is a statement, such as a docstring, is never rendered."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "{{" in node.value and node not in self.not_rendered:
            text = NOT_RENDERED.sub("", node.value)
            self.file.variables += [Reference(m[1], node.lineno) for m in VARIABLE_TEMPLATE.finditer(text)]
            self.file.connections += [Reference(m[1], node.lineno) for m in CONNECTION_TEMPLATE.finditer(text)]

    def _connection(self, argument: str, value: ast.AST | None) -> None:
        if argument == "conn_id" or argument.endswith("_conn_id"):
            self.add(self.file.connections, value)


def _called_name(node: ast.Call) -> str:
    """`get` in `Variable.get(…)`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _owner_name(node: ast.Call) -> str:
    """`Variable` in `Variable.get(…)`."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")


def _argument(call: ast.Call, name: str, position: int) -> ast.AST | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def _defaults(given: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    """The arguments of a function with their defaults; keyword-only arguments may have none."""
    positional = [*given.posonlyargs, *given.args]
    for argument, default in zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True):
        yield argument.arg, default
    for argument, or_none in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield argument.arg, or_none


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The strings assigned to names at the top level of the file."""
    for node in tree.body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        targets = node.targets if isinstance(node, ast.Assign) else [target] if target else []
        value = getattr(node, "value", None)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield from ((name.id, value.value) for name in targets if isinstance(name, ast.Name))


def _defined_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    for name in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign) else ():
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
            yield name.id
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
