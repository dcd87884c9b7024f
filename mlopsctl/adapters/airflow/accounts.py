"""The Airflow accounts that setup creates."""

SERVICE_USER = "mlopsctl"  # mlopsctl's own
API_READER = "airflow_api"  # the pipelines' read-only account, and the connection that logs in as it
