"""What each task would do again after the fork, although it comes to the same every time. preload.py does it before.

A listing of what to preload names a module, or one of these functions as `warm_up:FUNCTION`. They hold no connection,
no file and no thread when they return.
"""

import importlib
from typing import Any


def load(entry: str) -> None:
    """Import a module, or import it and call the function that follows the colon."""
    module, _, function = entry.partition(":")
    imported = importlib.import_module(module)
    if function:
        getattr(imported, function)()


def providers() -> None:
    """What the installed providers offer to tasks: connection types, decorators, and addresses of assets."""
    from airflow.sdk.lineage import get_hook_lineage_collector
    from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

    manager = ProvidersManagerTaskRuntime()
    manager.initialize_providers_hooks()
    manager.initialize_providers_taskflow_decorator()
    manager.initialize_providers_asset_uri_resources()
    get_hook_lineage_collector()


def type_adapters() -> None:
    """pydantic's type adapters for the messages of a task to its supervisor and for template fields. Airflow creates
    them in each task, seven times in a task with five template fields: pydantic does not cache them."""
    from airflow.sdk.execution_time import comms, task_runner
    from pydantic import JsonValue, TypeAdapter

    built = [(of_type, vars(TypeAdapter(of_type))) for of_type in (comms.ToTask, JsonValue)]

    class BuiltBefore(TypeAdapter):  # type: ignore[misc]  # Airflow is in another venv
        def __init__(self, of_type: Any, **options: Any) -> None:
            same = next((state for known, state in built if known is of_type and not options), None)
            if same:
                self.__dict__.update(same)
            else:
                super().__init__(of_type, **{"_parent_depth": 3, **options})

    comms.TypeAdapter = task_runner.TypeAdapter = BuiltBefore


def dag_files() -> None:
    """Caches of Python, Jinja and jsonschema that fill when a DAG file is read and a task is rendered."""
    import pendulum
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, Param

    start = pendulum.datetime(2024, 1, 1)
    with DAG("warm_up", schedule=None, start_date=start, params={"day": Param(None, type=["null", "string"])}) as dag:
        task = PythonOperator(task_id="warm_up", python_callable=print, op_args=["{{ ds_nodash }}"])
    dag.validate()
    dag.params.validate()
    task.resolve_template_files()
    task.render_template("{{ day }}", {"day": start.format("YYYYMMDD")}, task.get_template_env())


def data_frames() -> None:
    """The plugins of narwhals, which scikit-learn looks for in all installed packages at its first data frame."""
    from narwhals.stable.v2 import from_native
    from pandas import DataFrame

    from_native(DataFrame({"a": [1]})).to_native()
