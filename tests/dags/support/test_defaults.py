from datetime import timedelta

from support.defaults import defaults


def test_a_task_is_tried_again_after_the_restart_of_a_database_and_ends_at_some_time() -> None:
    assert defaults() == {
        "owner": "mlops",
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=10),
    }


def test_what_a_dag_names_goes_before() -> None:
    own = defaults(execution_timeout=timedelta(minutes=30), conn_id="feature_store")
    assert (own["execution_timeout"], own["conn_id"], own["retries"]) == (timedelta(minutes=30), "feature_store", 3)
    assert "conn_id" not in defaults()
