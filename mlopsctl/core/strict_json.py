"""JSON as RFC 8259 defines it, of values that databases can store.

Python's parser also accepts NaN, Infinity, numbers beyond a double (as infinity), and text that is not Unicode. Of a
key that an object contains twice it silently uses the last value.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

Pairs = list[tuple[str, Any]]


def find_duplicate(pairs: Pairs) -> str | None:
    """The first key that is there twice."""
    keys = [key for key, _ in pairs]
    return next((key for n, key in enumerate(keys) if key in keys[:n]), None) if len(set(keys)) < len(keys) else None


def _unique(pairs: Pairs) -> dict[str, Any]:
    if (twice := find_duplicate(pairs)) is not None:
        raise ValueError(f"an object contains {twice!r} twice")
    return dict(pairs)


def loads(text: str, *, object_pairs_hook: Callable[[Pairs], Any] = _unique) -> Any:
    """The value. `object_pairs_hook`: makes an object of its pairs. Raises json.JSONDecodeError, ValueError."""
    try:
        value = json.loads(
            text, object_pairs_hook=object_pairs_hook, parse_constant=_reject_constant, parse_float=_parse_float
        )
    except RecursionError as e:
        raise ValueError("it is nested too deeply") from e
    for part in _strings(value):
        _check_text(part)
    return value


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _parse_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is too large for a number")
    return number


def _strings(value: Any) -> Iterator[str]:
    """All texts in a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("it contains the character U+0000, which databases do not store")
    try:
        text.encode()
    except UnicodeEncodeError as e:
        raise ValueError(f"{text[e.start]!a} is half a character") from e
