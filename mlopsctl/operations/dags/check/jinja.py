"""The names in a Jinja template that its context has to define, and where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

IGNORED = ("whitespace", "data", "comment", "comment_begin", "comment_end", "raw_begin", "raw_end")
OPENING = ("variable_begin", "block_begin")
CLOSING = ("variable_end", "block_end")


@dataclass(frozen=True)
class Token:
    """`start`, `end`: offsets in the template. `kind`: as Jinja names it, such as `name` or `variable_begin`."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Template:
    """`tokens`: of the expressions, without spaces. `undefined`: the names that the template does not set itself."""

    tokens: Sequence[Token]
    undefined: frozenset[str]

    def following(self, index: int, *values: str) -> bool:
        """Whether these tokens follow."""
        return tuple(token.value for token in self.tokens[index + 1 : index + 1 + len(values)]) == values

    def is_root_name(self, index: int) -> bool:
        """Whether a token is a name that the context has to define: no attribute, filter, test or argument."""
        token, before = self.tokens[index], self.tokens[index - 1].value if index else ""
        if token.kind != "name" or token.value not in self.undefined or before in (".", "|", "is"):
            return False
        return not self.following(index, "=")

    def is_whole_expression(self, first: int, last: int) -> bool:
        """Whether these tokens are all between `{{` and `}}`."""
        before = self.tokens[first - 1].kind if first else ""
        after = self.tokens[last + 1].kind if last + 1 < len(self.tokens) else ""
        return before == "variable_begin" and after == "variable_end"


def parse(text: str) -> Template | None:
    """None if the text has no expression, or is not a valid template."""
    if "{{" not in text and "{%" not in text:
        return None
    from jinja2 import TemplateSyntaxError, meta

    text = text.replace("\r", " ")  # keeps the offsets; Jinja would drop it
    try:
        undefined = meta.find_undeclared_variables(_environment().parse(text))
        return Template(_tokens(text), frozenset(undefined))
    except TemplateSyntaxError:
        return None


@cache
def _environment() -> "Environment":
    from jinja2 import Environment

    return Environment(extensions=["jinja2.ext.do"], keep_trailing_newline=True)  # noqa: S701 - nothing is rendered


def _tokens(text: str) -> list[Token]:
    """The lexer drops spaces beside `{%-`, so positions are found again in the text."""
    found, position = [], 0
    for _, kind, value in _environment().lex(text):
        while not text.startswith(value, position):
            position += 1
        if kind not in IGNORED:
            found.append(Token(kind, value, position, position + len(value)))
        position += len(value)
    return found
