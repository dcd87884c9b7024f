"""Numbers, booleans and dates whose text in a file is not what JSON writes for their value: `0123` is 83 in YAML."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlopsctl.core.errors import MlopsctlError


@dataclass(frozen=True)
class Written:
    """A value that was not quoted. `text`: as written in the file."""

    value: Any
    text: str

    def __str__(self) -> str:
        return self.text


def keep(value: Any, text: str) -> Any:
    """The value; as `Written` if its text would be lost."""
    return value if not isinstance(value, date) and json.dumps(value) == text else Written(value, text)


def as_text(value: Any) -> Any:
    """For a place that holds text: a number or boolean as written. Anything else is returned as it is."""
    if isinstance(value, Written):
        return value.text
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def as_json(value: Any) -> Any:
    """For a place that holds JSON, at any depth. Raises MlopsctlError if the value is not what was written."""
    if isinstance(value, dict):
        return {key.text if isinstance(key, Written) else key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if not isinstance(value, Written):
        return value
    # `yes` and `1.10` mean true and 1.1 to everybody; 0123 and 12:30 are surprises, dates are no JSON.
    if isinstance(value.value, bool) or _same_number(value):
        return value.value
    meaning = "a date" if isinstance(value.value, date) else value.value
    raise MlopsctlError(
        f"{value.text} means {meaning} in YAML", hint=f'put it in quotes: "{value.text}"', code="invalid"
    )


def _same_number(value: Written) -> bool:
    try:
        return float(value.text.replace("_", "")) == float(value.value) and not _is_octal(value.text)
    except (ValueError, TypeError):
        return value.text.lower().startswith("0x")  # everybody reads it as hexadecimal


def _is_octal(text: str) -> bool:
    digits = text.lstrip("+-")
    return len(digits) > 1 and digits.isdecimal() and digits.startswith("0")
