"""Ruff's rules for code of Airflow 2. Ruff parses the code and never runs it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlopsctl.adapters import process
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

RULES = ("AIR301", "AIR302", "AIR311", "AIR312")  # the other AIR rules are about style
NEWER_SYNTAX = "syntax"

Position = tuple[int, int]  # line and column, both from 1; the column counts characters


@dataclass(frozen=True)
class RuffEdit:
    """Replace the text from `start` up to `end`."""

    start: Position
    end: Position
    text: str


@dataclass(frozen=True)
class RuffDiagnostic:
    """`index`: of the text in which it was found. `fix`: what `edits` do, as a sentence; empty if ruff knows no fix."""

    index: int
    code: str
    message: str
    start: Position
    fix: str
    edits: tuple[RuffEdit, ...]


def check_airflow3(texts: Iterable[str], python: str) -> Iterator[RuffDiagnostic]:
    """What ruff reports about Python sources, without the configuration of a project. `python`: the version that runs
    them, as `3.12`; newer syntax has the code NEWER_SYNTAX. Raises MlopsctlError, OSError."""
    with TemporaryDirectory(prefix="mlopsctl-check-") as folder:
        # Copies, because ruff reads neither zip files nor encodings other than UTF-8.
        for index, text in enumerate(texts):
            (Path(folder) / f"{index}.py").write_bytes(text.encode())
        options = ("--isolated", "--no-respect-gitignore", "--no-cache", "--preview", "--exit-zero")
        rules = ("--select", ",".join(RULES), "--target-version", f"py{python.replace('.', '')}")
        done = process.run([_program(), "check", *options, *rules, "--output-format", "json", folder])
    for entry in json.loads(done.out):
        if "syntax was added in" in entry["message"]:
            yield replace(_diagnostic(entry), code=NEWER_SYNTAX)
        elif entry["code"] in RULES:
            yield _diagnostic(entry)


def _program() -> str:
    from ruff import find_ruff_bin

    try:
        return str(find_ruff_bin())
    except FileNotFoundError as e:
        hint = Hint(line="pip install --force-reinstall ruff", note="in the environment of mlopsctl")
        raise MlopsctlError("the program ruff is missing, although its package is installed.", hint=hint) from e


def _diagnostic(entry: dict[str, Any]) -> RuffDiagnostic:
    fix = entry["fix"] or {"message": "", "edits": []}
    edits = tuple(
        RuffEdit(_position(edit["location"]), _position(edit["end_location"]), edit["content"]) for edit in fix["edits"]
    )
    index = int(Path(entry["filename"]).stem)
    start = _position(entry["location"])
    return RuffDiagnostic(index, entry["code"], entry["message"], start, fix["message"] or "", edits)


def _position(location: dict[str, int]) -> Position:
    return location["row"], location["column"]
