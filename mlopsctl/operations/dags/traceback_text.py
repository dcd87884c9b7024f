"""The exception at the end of a traceback, and where it was raised."""

import re

CONTINUED = 300  # characters that are shown of the lines below an exception's first one
EXCEPTION = re.compile(r"[\w.]*\w+(Error|Exception|Timeout|Exit)\b")
NOT_OWN = re.compile(r"^<|/site-packages/|/lib/python3\.\d+/")
HEADER = re.compile(r"^Traceback \(most recent call last\):\n", re.MULTILINE)


def exception(traceback: str) -> str:
    """The exception on one line, also if its message has several."""
    first, *others = _lines(traceback) or ["no reason given"]
    rest = " ".join(" ".join(others).split())
    more = f" {rest[:CONTINUED]}{'…' if len(rest) > CONTINUED else ''}" if rest else ""
    return " ".join(first.split()) + more


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
    positions = re.findall(r'File "([^"]+)", line (\d+)', traceback)
    own = [(path, line) for path, line in positions if not NOT_OWN.search(path)]
    if not own:
        return ""
    path, line = own[-1]
    source = re.search(rf'File "{re.escape(path)}", line {line}\n +(.+)\n', traceback)
    shown = f": {source[1].strip()}" if source and is_syntax_error(message) else ""
    return f"{path.rpartition('/')[2]}, line {line}{shown}"


def is_syntax_error(message: str) -> bool:
    return message.startswith(("SyntaxError", "IndentationError", "TabError"))
