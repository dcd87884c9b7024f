"""The text of string expressions, with the place of each character in the file."""

import ast
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from mlopsctl.operations.dags.check.source import Source

ELSEWHERE = -1
PLACEHOLDER = "0"  # for a value that is known at run time only; a template with it can still be parsed
OPENING = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<quote>'''|\"\"\"|'|\")")
ESCAPE = re.compile(
    r"\\(?:\r\n|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|N\{[^}]*\}|.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Text:
    """`value`: the string. `offsets`: for each of its characters, where it is in the file; ELSEWHERE if it is the value
    of a variable."""

    value: str
    offsets: tuple[int, ...]

    def __add__(self, other: "Text") -> "Text":
        return Text(self.value + other.value, self.offsets + other.offsets)


@dataclass(frozen=True)
class Literal:
    """A string literal. `start`, `end`: offsets in the file, with prefix and quotes."""

    start: int
    end: int
    prefix: str
    quote: str

    @property
    def body(self) -> tuple[int, int]:
        return self.start + len(self.prefix) + len(self.quote), self.end - len(self.quote)


def literals(source: Source) -> list[Literal]:
    """The string literals of a file, in order; those inside an f-string belong to it."""
    return [literal for literal in _literals(source) if "b" not in literal.prefix]


def text(source: Source, node: ast.expr, known: list[Literal], constants: Mapping[str, str]) -> Text | None:
    """The text of a string, an f-string or a sum of them. None if the expression is something else.

    `known`: the literals of the file. `constants`: the values of names.
    """
    if isinstance(node, ast.Constant | ast.JoinedStr):
        start, end = source.span(node)
        parts = [_literal_text(source, part, constants) for part in known if start <= part.start and part.end <= end]
        is_string = isinstance(node, ast.JoinedStr) or isinstance(node.value, str)
        return sum(parts, Text("", ())) if parts and is_string else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [text(source, side, known, constants) for side in (node.left, node.right)]
        if sides == [None, None]:
            return None
        return _or_placeholder(sides[0]) + _or_placeholder(sides[1])
    if isinstance(node, ast.Name) and node.id in constants:
        return _elsewhere(constants[node.id])
    return None


def formatted(template: Text) -> Text:
    """What `str.format` makes of a string: single braces of doubled ones, and a placeholder of each field."""
    found, position = Text("", ()), 0
    while position < len(template.value):
        character, width = template.value[position], 1
        part = Text(character, template.offsets[position : position + 1])
        if character in "{}" and template.value.startswith(character * 2, position):
            width = 2
        elif character == "{":
            width = _end_of_field(template.value, position + 1, len(template.value)) + 1 - position
            part = _elsewhere(PLACEHOLDER)
        found, position = found + part, position + width
    return found


def literal_at(known: list[Literal], offset: int) -> Literal | None:
    """The literal that a place of the file is in."""
    return next((literal for literal in known if literal.start <= offset < literal.end), None)


def _or_placeholder(part: Text | None) -> Text:
    return part if part is not None else _elsewhere(PLACEHOLDER)


def _elsewhere(value: str) -> Text:
    return Text(value, (ELSEWHERE,) * len(value))


def _literals(source: Source) -> Iterator[Literal]:
    """Python 3.11 has one token for an f-string, later ones a start, parts and an end."""
    nested: list[int] = []
    lines = iter(source.text[a:b] for a, b in zip(source.line_starts, [*source.line_starts[1:], None], strict=True))
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        name = tokenize.tok_name[token.type]
        start = source.line_starts[token.start[0] - 1] + token.start[1] if name in ("STRING", "FSTRING_START") else 0
        if name == "FSTRING_START":
            nested.append(start)
        elif name == "FSTRING_END":
            end = source.line_starts[token.end[0] - 1] + token.end[1]
            start = nested.pop()
            if not nested:
                yield _literal(source, start, end)
        elif name == "STRING" and not nested:
            yield _literal(source, start, start + len(token.string))


def _literal(source: Source, start: int, end: int) -> Literal:
    opening = cast("re.Match[str]", OPENING.match(source.text, start))
    return Literal(start, end, opening["prefix"].lower(), opening["quote"])


def _literal_text(source: Source, literal: Literal, constants: Mapping[str, str]) -> Text:
    found: list[tuple[str, int]] = []
    position, end = literal.body
    while position < end:
        value, following = _next_part(source.text, position, end, literal.prefix, constants)
        found += value
        position = following
    return Text("".join(character for character, _ in found), tuple(offset for _, offset in found))


def _next_part(
    code: str, position: int, end: int, prefix: str, constants: Mapping[str, str]
) -> tuple[list[tuple[str, int]], int]:
    """The characters that the code at a position stands for, and where the next ones are."""
    character = code[position]
    if character == "\\" and "r" not in prefix and (escape := ESCAPE.match(code, position, end)):
        if escape[0] in ("\\\n", "\\\r", "\\\r\n"):
            return [], escape.end()
        return [(ast.literal_eval(f'"{escape[0]}"') if escape[0] != '\\"' else '"', position)], escape.end()
    if "f" in prefix and character in "{}":
        if code.startswith(character * 2, position, end):
            return [(character, position)], position + 2
        closing = _end_of_field(code, position + 1, end)
        value = constants.get(code[position + 1 : closing].strip(), PLACEHOLDER)
        return [(part, ELSEWHERE) for part in value], closing + 1
    return [(character, position)], position + 1


def _end_of_field(code: str, position: int, end: int) -> int:
    """The offset of the brace that closes an expression in an f-string."""
    depth = 0
    while position < end:
        character = code[position]
        if depth == 0 and character == "}":
            return position
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if opening := OPENING.match(code, position, end):
            closing = code.find(opening["quote"], opening.end(), end)
            position = closing + len(opening["quote"]) - 1 if closing >= 0 else position
        position += 1
    return end
