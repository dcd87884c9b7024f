"""One rule for names, wherever they are given."""

import pytest

from mlopsctl.core import names
from mlopsctl.core.errors import UsageError
from mlopsctl.core.names import NameRule

RULES = (names.USER, names.CONNECTION, names.VARIABLE, names.CONTEXT, names.WORKER, names.QUEUE, names.LINK)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.noun)
@pytest.mark.parametrize(
    "name", ["", " ", "\t", "a\nb", "a\0b", "a ", " a", "-a", "--yes", "a\x1b[31m", "x" * 300, None, 7]
)
def test_no_rule_allows_it(rule: NameRule, name: object) -> None:
    assert names.problem(rule, name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.noun)
@pytest.mark.parametrize("name", ["a", "A-1", "a_b.c", "x" * 60])
def test_every_rule_allows_it(rule: NameRule, name: str) -> None:
    assert names.problem(rule, name) == ""


@pytest.mark.parametrize(
    ("name", "allowed_for"),
    [
        ("a b", "variable link"),
        ("a/b", "variable queue"),
        ("홍길동", "user connection variable link"),
        ("a@b.kr", "user variable queue link"),
        ("..", "user connection variable queue"),
        ("a:b", "variable queue link"),
        ("a" * 65, "connection variable queue link"),
        ("a" * 201, "variable"),
    ],
)
def test_characters_and_lengths_of_each(name: str, allowed_for: str) -> None:
    assert " ".join(rule.noun for rule in RULES if not names.problem(rule, name)) == allowed_for


def test_a_message_shows_a_name_in_one_short_line() -> None:
    with pytest.raises(UsageError) as e:
        names.check(names.USER, f"a\n{'x' * 300}")
    assert "\n" not in e.value.message and len(e.value.message) < 200
