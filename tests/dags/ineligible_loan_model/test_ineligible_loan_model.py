"""What the daily prediction says, without Airflow; the DAG itself is driven in tests/live."""

import ast
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "dags" / "ineligible_loan_model" / "ineligible_loan_model.py"


def command() -> str:
    """What the function of the file makes, whose imports this Python does not have."""
    wanted: list[ast.stmt] = [
        n for n in ast.parse(FILE.read_text(encoding="utf-8")).body if getattr(n, "name", "") == "mlopsctl"
    ]
    names: dict[str, Any] = {"os": os, "shlex": shlex}
    exec(compile(ast.Module(wanted, []), FILE.name, "exec"), names)  # noqa: S102
    said: str = names["mlopsctl"]()
    return said


@pytest.mark.parametrize(
    ("home", "said"), [("/srv/ml", "mlopsctl --home /srv/ml"), ("/a b", "mlopsctl --home '/a b'"), ("", "mlopsctl")]
)
def test_what_is_to_be_pasted_means_the_home_of_this_airflow(
    monkeypatch: pytest.MonkeyPatch, home: str, said: str
) -> None:
    monkeypatch.setenv("MLOPSCTL_HOME", home)
    assert command() == said
