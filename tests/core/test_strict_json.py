import pytest

from mlopsctl.core import strict_json


def test_json_is_read_as_it_is() -> None:
    assert strict_json.loads('{"a": [1, 2.5, "é", null, true]}') == {"a": [1, 2.5, "é", None, True]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": NaN}', "NaN is not a JSON number"),
        ("[-Infinity]", "-Infinity is not a JSON number"),
        ("1e999", "1e999 is too large for a number"),
        (r'{"a": "x\u0000"}', "U+0000"),
        (r'{"\ud800": 1}', r"'\\ud800' is half a character"),
        ("[" * 100_000, "nested too deeply"),
        ("{", "Expecting property name"),
        ("9" * 5000, "digits"),
        ('[{"a": 1, "b": 2, "a": 3}]', "an object contains 'a' twice"),
    ],
)
def test_what_is_not_json_or_cannot_be_stored_is_rejected(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("+", r"\+")):
        strict_json.loads(text)
