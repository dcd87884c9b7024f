"""What holds for the tasks of most pipelines: `DAG(default_args=defaults())`."""

from datetime import timedelta
from typing import Any


def defaults(**others: Any) -> dict[str, Any]:
    """Arguments of every task of a DAG; `others` go before."""
    return {
        "owner": "mlops",
        # A database that restarts in the middle of a backfill must not fail it.
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=10),
        **others,
    }
