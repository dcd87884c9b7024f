"""What a Python file of a project imports and names, read from its syntax. Nothing of it is run."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = re.compile(r"\{\{[^}]*?\bvar\.(?:value|json)\.(?!get\b)(\w+)")
CONNECTION = re.compile(r"\{\{[^}]*?\bconn\.(?!get\b)(\w+)")
PARDONS = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")
DEFAULTS = ("default", "default_var")


@dataclass(frozen=True)
class Import:
    """`module`: as it is written. `names`: what is taken out of it; none with a plain `import`. `late`: in a function,
    so that it is met when a task runs."""

    module: str
    line: int
    names: tuple[str, ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Word:
    """A name that stands in a file, and its line."""

    text: str
    line: int


@dataclass
class Source:
    """`error`: why the file cannot be read as Python. `dag_ids`, `variables`, `connections`: as far as they stand
    there as text, or as a constant of the file; those that are only known when it runs are not here."""

    path: Path
    error: str = ""
    imports: list[Import] = field(default_factory=list)
    dag_ids: list[Word] = field(default_factory=list)
    variables: list[Word] = field(default_factory=list)
    connections: list[Word] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)


def read(path: Path) -> Source:
    """Raises OSError."""
    source = Source(path)
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as e:  # ValueError: null bytes
        source.error = str(e)
        return source
    _Reader(source, tree).visit(tree)
    return source


class _Reader(ast.NodeVisitor):
    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.source = source
        self.depth = 0  # of functions
        self.airflow: set[str] = set()  # names that were imported from Airflow
        self.constants = dict(_constants(tree))
        source.defined |= {name for node in tree.body for name in _defined(node)}

    def text(self, node: ast.AST | None) -> str | None:
        """What an expression comes to, where that is known."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value) if node.format_spec is None else None
        if isinstance(node, ast.JoinedStr | ast.BinOp):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
            texts = [self.text(part) for part in parts]
            known = not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Add)
            return "".join(text for text in texts if text) if known and None not in texts else None
        return None

    def add(self, words: list[Word], node: ast.AST | None) -> None:
        text = self.text(node)
        if text and "{{" not in text:
            words.append(Word(text, getattr(node, "lineno", 0)))

    # Imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.source.imports.append(Import(alias.name, node.lineno, (), self.depth > 0))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not node.module:
            return
        names = tuple(alias.name for alias in node.names)
        self.source.imports.append(Import(node.module, node.lineno, names, self.depth > 0))
        if node.module.split(".")[0] == "airflow":
            self.airflow |= {alias.asname or alias.name for alias in node.names}

    def visit_If(self, node: ast.If) -> None:
        if not ast.unparse(node.test).endswith("TYPE_CHECKING"):
            self.generic_visit(node)
            return
        for child in node.orelse:
            self.visit(child)

    def visit_Try(self, node: ast.Try) -> None:
        """What may be missing is not missed."""
        caught = [ast.unparse(handler.type) if handler.type else "Exception" for handler in node.handlers]
        if not any(word in names for names in caught for word in PARDONS):
            self.generic_visit(node)
            return
        kept = len(self.source.imports)
        self.generic_visit(node)
        del self.source.imports[kept:]

    # What is named

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id == "dag" and "dag" in self.airflow:
                self.source.dag_ids.append(Word(node.name, node.lineno))
            if isinstance(decorator, ast.Call) and self._called(decorator) == "dag" and "dag" in self.airflow:
                given = _argument(decorator, "dag_id", 0)
                self.add(self.source.dag_ids, given or ast.Constant(node.name, lineno=node.lineno, col_offset=0))
        for name, default in _defaults(node.args):
            self._connection(name, default)
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Call(self, node: ast.Call) -> None:
        name, owner = self._called(node), self._owner(node)
        if name == "DAG":
            self.add(self.source.dag_ids, _argument(node, "dag_id", 0))
        pardoned = len(node.args) > 1 or any(keyword.arg in DEFAULTS for keyword in node.keywords)
        if (owner, name) == ("Variable", "get") and not pardoned:
            self.add(self.source.variables, _argument(node, "key", 0))
        if name == "get_connection" or (owner, name) == ("Connection", "get"):
            self.add(self.source.connections, _argument(node, "conn_id", 0))
        if name.endswith("Hook") and node.args:
            self.add(self.source.connections, node.args[0])
        for keyword in node.keywords:
            if name != "get_connection":
                self._connection(keyword.arg or "", keyword.value)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._connection(self.text(key) or "", value)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "{{" in node.value:
            for pattern, words in ((VARIABLE, self.source.variables), (CONNECTION, self.source.connections)):
                words += [Word(found[1], node.lineno) for found in pattern.finditer(node.value)]

    def _connection(self, name: str, value: ast.AST | None) -> None:
        if name == "conn_id" or name.endswith("_conn_id"):
            self.add(self.source.connections, value)

    def _called(self, node: ast.Call) -> str:
        return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")

    def _owner(self, node: ast.Call) -> str:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        return owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")


def _argument(call: ast.Call, name: str, place: int) -> ast.AST | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if len(call.args) > place else None


def _defaults(given: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    """The arguments of a function that have a default: the last of those by place, and any by name alone."""
    by_place = [*given.posonlyargs, *given.args]
    for argument, default in zip(by_place[len(by_place) - len(given.defaults) :], given.defaults, strict=True):
        yield argument.arg, default
    for argument, or_none in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield argument.arg, or_none


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names of the file that are given a text once, at its top."""
    for node in tree.body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        targets = node.targets if isinstance(node, ast.Assign) else [target] if target else []
        value = getattr(node, "value", None)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield from ((name.id, value.value) for name in targets if isinstance(name, ast.Name))


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    for name in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign) else ():
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
            yield name.id
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
