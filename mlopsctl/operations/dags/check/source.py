"""A Python file, read once for all rules."""

import ast
import codecs
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.files.dag_ast import PythonFile, read_tree

LINE_END = re.compile(r"\r\n|\r|\n")  # as Python counts lines; str.splitlines splits at more characters
Located = ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg | ast.excepthandler


@dataclass(frozen=True, eq=False)
class Source:
    """`path`: as given by the user; a member of a zip file is below the path of the zip file. `text`: the decoded file
    with its line ends, without byte order mark; `text.encode(encoding)` is the file again. `is_template`: no Python but
    a file with Jinja expressions, whose tree is empty."""

    path: Path
    text: str
    encoding: str
    tree: ast.Module
    is_template: bool = False

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first character of each line."""
        return [0, *(match.end() for match in LINE_END.finditer(self.text))]

    @property
    def lines(self) -> list[str]:
        return LINE_END.split(self.text)

    def offset(self, line: int, utf8_column: int) -> int:
        """The offset of a position in the tree: `lineno` and `col_offset`, which counts bytes."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return start + len(self.text[start:end].encode()[:utf8_column].decode(errors="ignore"))

    def offset_of(self, line: int, column: int) -> int:
        """The offset of a position, both from 1; the inverse of `position`. The position after the last line is the
        end of the text."""
        return self.line_starts[line - 1] + column - 1 if line <= len(self.line_starts) else len(self.text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def span(self, node: Located) -> tuple[int, int]:
        """The offsets of a node. In Python 3.11, of nodes inside an f-string, they are those of the whole string."""
        end = self.offset(cast("int", node.end_lineno), cast("int", node.end_col_offset))
        return self.offset(node.lineno, node.col_offset), end

    def segment(self, node: Located) -> str:
        """The code of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, node: Located, text: str) -> Edit:
        """The edit that writes `text` instead of a node."""
        return Edit(*self.span(node), text)

    @cached_property
    def names(self) -> PythonFile:
        """What it imports, and the DAGs, variables and connections that it names."""
        return read_tree(self.path, self.tree)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, by depth."""
        return list(ast.walk(self.tree))

    @cached_property
    def docstrings(self) -> frozenset[ast.Constant]:
        """Strings that are a statement of their own: docstrings and comments, which nothing evaluates."""
        statements = (node for node in self.nodes if isinstance(node, ast.Expr))
        return frozenset(node.value for node in statements if isinstance(node.value, ast.Constant))

    def finding(
        self,
        rule: str,
        where: Located | int,
        message: str,
        *,
        severity: Severity = Severity.ERROR,
        hint: str = "",
        edits: tuple[Edit, ...] = (),
    ) -> Finding:
        """`where`: a node, or an offset."""
        line, column = self.position(where if isinstance(where, int) else self.offset(where.lineno, where.col_offset))
        return Finding(self.path, line, column, rule, severity, message, hint, edits)


def parse(path: Path, content: bytes) -> Source | Finding:
    """The source, or why the file is not valid Python."""
    try:
        text, encoding = decode(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as "\d" in a string that is not raw
            tree = ast.parse(text, str(path))
            compile(tree, str(path), "exec")  # finds more, such as `return` outside a function; runs nothing
            return Source(path, text, encoding, tree)
    except SyntaxError as e:
        return Finding(path, e.lineno or 1, max(e.offset or 1, 1), "syntax", Severity.ERROR, f"{e.msg}")
    except (ValueError, RecursionError, MemoryError) as e:  # null bytes; nested too deeply for the parser
        return Finding(path, 1, 1, "syntax", Severity.ERROR, " ".join(str(e).split()) or "nested too deeply")


def template(path: Path, content: bytes) -> Source | None:
    """A file that an operator renders, such as a query; None if it is not text with Jinja expressions."""
    encoding = "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    has_expressions = "{{" in text or "{%" in text
    return Source(path, text, encoding, ast.Module([], []), is_template=True) if has_expressions else None


def decode(content: bytes) -> tuple[str, str]:
    """The text of a Python file and its encoding, by its byte order mark or its encoding cookie.

    Raises SyntaxError if it names an unknown encoding or does not have the encoding that it names.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError as e:
        line = content.count(b"\n", 0, e.start) + 1
        message = f"not encoded in {encoding}: {e.reason}"
        raise SyntaxError(message, ("", line, 1, "")) from e
