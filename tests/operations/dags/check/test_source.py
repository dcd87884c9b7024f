"""Positions and encodings of a parsed file, and why a file cannot be parsed."""

import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.check.source import Source, parse

FILE = Path("d.py")


def source(content: bytes) -> Source:
    found = parse(FILE, content)
    assert isinstance(found, Source), found
    return found


@pytest.mark.parametrize(
    ("content", "start"),
    [
        pytest.param(b"a = 1\nb = 'x'\n", 10, id="line-feed"),
        pytest.param(b"a = 1\r\nb = 'x'\r\n", 11, id="windows"),
        pytest.param("é = 1; b = 'x'".encode(), 11, id="not-ascii"),
        pytest.param(b"\xef\xbb\xbfb = 'x'", 4, id="byte-order-mark"),
        pytest.param("# coding: latin-1\né = 'x'".encode("latin-1"), 22, id="latin-1"),
        pytest.param("s = 1\n# \f\u2028\nb = 'x'".encode(), 15, id="separators-that-end-no-line"),
    ],
)
def test_offsets_count_characters_of_the_decoded_file(content: bytes, start: int) -> None:
    found = source(content)
    node = next(node for node in ast.walk(found.tree) if isinstance(node, ast.Constant) and node.value == "x")
    assert found.span(node) == (start, start + 3)
    assert found.segment(node) == "'x'"
    assert found.replace(node, "'y'") == Edit(start, start + 3, "'y'")
    assert found.text.encode(found.encoding) == content


def test_position_of_a_finding_is_line_and_column_from_1() -> None:
    found = source(b"a = 1\r\n  \r\nb = 'x'")
    node = next(node for node in ast.walk(found.tree) if isinstance(node, ast.Constant) and node.value == "x")
    finding = found.finding("rule", node, "message")
    assert (finding.line, finding.column) == (3, 5)


def test_docstrings_are_told_from_other_strings() -> None:
    found = source(b'"""doc"""\nx = "value"\ndef f():\n    "doc too"\n')
    assert {node.value for node in found.docstrings} == {"doc", "doc too"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"x = 1\ndef broken(:\n", 2, id="syntax"),
        pytest.param(b"x = 1\nreturn x\n", 2, id="return-outside-a-function"),
        pytest.param(b"# coding: no-such\n", 1, id="unknown-encoding"),
        pytest.param(b"x = 1\ny = '\xe9'\n", 2, id="not-utf-8"),
        pytest.param(b"x = \x00", 1, id="null-byte"),
    ],
)
def test_invalid_file_is_a_finding(content: bytes, line: int) -> None:
    found = parse(FILE, content)
    assert isinstance(found, Finding)
    assert (found.rule, found.line) == ("syntax", line)
