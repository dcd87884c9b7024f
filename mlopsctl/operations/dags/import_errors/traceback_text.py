"""The exception at the end of a traceback, and where it was raised."""

import re

LONGEST = 600  # characters of a message that are shown
EXCEPTION = re.compile(r"[\w.]*\w+(Error|Exception|Timeout|Exit)\b")
NOT_OWN = re.compile(r"^<|/site-packages/|/lib/python3\.\d+/")
HEADER = re.compile(r"^Traceback \(most recent call last\):\n", re.MULTILINE)


def exception(traceback: str) -> str:
    """The exception on one line, also if its message has several."""
    return " ".join(" ".join(_lines(traceback) or ["no reason given"]).split())


def shorten(exception: str) -> str:
    """As it is shown: the message of some has a whole query, or a page of text."""
    return exception if len(exception) <= LONGEST else f"{exception[:LONGEST]}…"


def _lines(traceback: str) -> list[str]:
    """Those of the message: the first one that is not indented, and all after it."""
    header = HEADER.split(traceback)
    lines = [line for line in header[-1].splitlines() if line.strip()]
    if len(header) > 1 and (starts := [n for n, line in enumerate(lines) if not line.startswith(" ")]):
        return lines[starts[0] :]
    found = next((line for line in reversed(lines) if EXCEPTION.match(line)), "")
    return [found] if found else lines[-1:]


def position(traceback: str, message: str) -> str:
    """`load.py, line 3`: the last one in the project's own files, because that is where to fix it; of a syntax error,
    the source line as well. Empty if the traceback has none: Airflow keeps only the last two."""
    path, number = _last_own(traceback)
    if not path:
        return ""
    source = re.search(rf'File "{re.escape(path)}", line {number}\n +(.+)\n', traceback)
    shown = f": {source[1].strip()}" if source and is_syntax_error(message) else ""
    return f"{path.rpartition('/')[2]}, line {number}{shown}"


def file(traceback: str) -> str:
    """The path in that position; empty if the traceback has none."""
    return _last_own(traceback)[0]


def line(traceback: str) -> int:
    """The line in that position; 0 if the traceback has none."""
    return _last_own(traceback)[1]


def _last_own(traceback: str) -> tuple[str, int]:
    positions = re.findall(r'File "([^"]+)", line (\d+)', traceback)
    return next(((path, int(line)) for path, line in reversed(positions) if not NOT_OWN.search(path)), ("", 0))


def is_syntax_error(message: str) -> bool:
    return message.startswith(("SyntaxError", "IndentationError", "TabError"))
