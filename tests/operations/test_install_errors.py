"""Errors of the installer, and the hint for each cause."""

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.install_errors import explain

CONFLICT = """uv failed (exit 1): Using Python 3.11.7 environment at: /home/x/venv
error: No solution found when resolving dependencies
  cause: Because you require sqlalchemy<2 and sqlalchemy==2.0.54, we can conclude
  that your requirements are unsatisfiable."""
OFFLINE = """error: No solution found when resolving dependencies
  cause: Because apache-airflow was not found in the cache and you require apache-airflow==3.3.2, we can conclude …
hint: Packages were unavailable because the network was disabled."""


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (CONFLICT, "conflict", "sqlalchemy<2 and sqlalchemy==2.0.54"),
        (OFFLINE, "no-network", "not found in the cache"),
        (
            "error: Failed to fetch: `https://…`\n  cause: Connection refused",
            "no-network",
            "the connection was refused",
        ),
        ("Because there is no version of apache-airflow==3.3.9 and …", "unknown-version", "no Airflow 3.3.9"),
        ("error: something new", "failed", "something new"),
    ],
)
def test_the_cause_is_named(words: str, code: str, says: str) -> None:
    error = explain(MlopsctlError(words), "3.3.9", offline=code == "no-network" and "disabled" in words)
    assert error.code == code
    assert says in error.message
