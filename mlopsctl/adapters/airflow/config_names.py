"""Names of options in airflow.cfg. Our template has them under the names of the latest Airflow."""

from collections.abc import Mapping

Option = tuple[str, str]  # section and name

# Only some releases have these: an option that Airflow does not know is ignored, and reported by doctor.
BASIC_AUTH, BASIC_AUTH_OF_FAB = ("api", "auth_backends"), ("fab", "auth_backends")
ONLY_AIRFLOW_2: frozenset[Option] = frozenset(
    {BASIC_AUTH, ("database", "load_default_connections"), ("scheduler", "standalone_dag_processor")}
)
API_TIMEOUT = ("workers", "execution_api_timeout")
_API_RETRIES = (("workers", "execution_api_retries"), ("workers", "execution_api_retry_wait_max"))
ONLY_AIRFLOW_3: frozenset[Option] = frozenset(
    {
        ("core", "auth_manager"),
        ("core", "execution_api_server_url"),
        ("api_auth", "jwt_secret"),
        API_TIMEOUT,
        *_API_RETRIES,
    }
)
OBJECT_STORAGE: frozenset[Option] = frozenset(
    {
        ("core", "xcom_backend"),
        ("common.io", "xcom_objectstorage_path"),
        ("common.io", "xcom_objectstorage_threshold"),
    }
)

# Airflow 3 → Airflow 2
NAMES_IN_AIRFLOW_2: Mapping[Option, Option] = {
    ("api", "host"): ("webserver", "web_server_host"),
    ("api", "port"): ("webserver", "web_server_port"),
    ("api", "base_url"): ("webserver", "base_url"),
    ("api", "workers"): ("webserver", "workers"),
    ("api", "secret_key"): ("webserver", "secret_key"),
    ("api", "expose_config"): ("webserver", "expose_config"),
    ("dag_processor", "refresh_interval"): ("scheduler", "dag_dir_list_interval"),
    ("dag_processor", "min_file_process_interval"): ("scheduler", "min_file_process_interval"),
}

# Only a platform with workers has these.
CELERY: frozenset[Option] = frozenset(
    {
        ("scheduler", "task_instance_heartbeat_timeout"),
        ("scheduler", "task_instance_heartbeat_timeout_detection_interval"),
        ("scheduler", "num_stuck_in_queued_retries"),
        ("celery", "broker_url"),
        ("celery", "result_backend"),
        ("celery", "worker_concurrency"),
        ("celery", "operation_timeout"),
        ("celery", "sync_parallelism"),
        ("celery", "task_publish_max_retries"),
        ("celery", "extra_celery_config"),
        ("celery_broker_transport_options", "visibility_timeout"),
    }
)
# All that a worker on another host needs: it gets variables, connections and XComs from the API.
WORKER_HOST: frozenset[Option] = frozenset(
    {
        ("core", "dags_folder"),
        ("core", "load_examples"),
        ("core", "executor"),
        ("core", "default_timezone"),
        ("core", "execution_api_server_url"),
        ("logging", "base_log_folder"),
        API_TIMEOUT,
        *_API_RETRIES,
        *OBJECT_STORAGE,
        *(option for option in CELERY if option[0] != "scheduler"),
    }
)
# What makes sense on Kubernetes, too: not addresses, paths and secrets, which its Helm chart sets.
KUBERNETES: frozenset[Option] = frozenset(
    {
        ("core", "parallelism"),
        ("core", "default_timezone"),
        ("database", "sql_alchemy_pool_size"),
        ("database", "sql_alchemy_max_overflow"),
        ("database", "load_default_connections"),
        ("scheduler", "scheduler_idle_sleep_time"),
        ("scheduler", "orphaned_tasks_check_interval"),
        ("scheduler", "max_dagruns_per_loop_to_schedule"),
        ("api", "expose_config"),
        BASIC_AUTH,
        BASIC_AUTH_OF_FAB,
        API_TIMEOUT,
        *_API_RETRIES,
        ("dag_processor", "refresh_interval"),
        ("dag_processor", "min_file_process_interval"),
        *OBJECT_STORAGE,
        *(CELERY - {("celery", "broker_url"), ("celery", "result_backend")}),
    }
)
