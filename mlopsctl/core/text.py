"""Numbers and times as text."""

from collections.abc import Sequence


def plural(number: int, noun: str, plural_noun: str = "") -> str:
    """`1 run`, `3 runs`. `plural_noun`: if it is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural_noun or noun + 's'}"


def shorten(names: Sequence[str], limit: int) -> str:
    """`a, b, c`, or with more names than `limit`: `a, b and 7 more`."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
