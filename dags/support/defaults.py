"""Default arguments for the tasks of most pipelines: `DAG(default_args=task_defaults())`."""

from datetime import timedelta
from typing import Any


def task_defaults(**overrides: Any) -> dict[str, Any]:
    """Default arguments for every task of a DAG; `overrides` take precedence."""
    return {
        "owner": "mlops",
        "retries": 3,  # a database restart during a backfill must not fail it
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=10),
        **overrides,
    }
