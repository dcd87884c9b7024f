from datetime import timedelta

from support.defaults import task_defaults


def test_tasks_are_retried_and_time_out() -> None:
    assert task_defaults() == {
        "owner": "mlops",
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=10),
    }


def test_overrides_take_precedence() -> None:
    arguments = task_defaults(execution_timeout=timedelta(minutes=30), conn_id="feature_store")
    assert arguments["execution_timeout"] == timedelta(minutes=30)
    assert (arguments["conn_id"], arguments["retries"]) == ("feature_store", 3)
    assert "conn_id" not in task_defaults()
