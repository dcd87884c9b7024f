"""What each task would do again after the fork, although it comes to the same every time. preload.py does it before.

A listing of what to preload names a module, or one of these functions as `warm_up:FUNCTION`. They hold no connection,
no file and no thread when they return.
"""

import importlib
import logging
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


def log_levels() -> None:
    """Each forked process configures logging again and sets the levels of 90 loggers, although none changes. For each,
    Python clears the caches of all loggers: a third of the time that it takes to parse a DAG file."""
    set_level = logging.Logger.setLevel

    def set_other_level(self: logging.Logger, level: int | str) -> None:
        if level != self.level:
            set_level(self, level)

    logging.Logger.setLevel = set_other_level  # type: ignore[method-assign]


def schema_checks() -> None:
    """jsonschema checks the schema of a param each time that it checks a value, about eight times per DAG file."""
    from jsonschema import Draft202012Validator

    check = Draft202012Validator.check_schema
    valid: set[str] = set()

    def check_once(cls: type, schema: Any, *args: Any, **options: Any) -> None:
        known = repr(schema)
        if known not in valid or cls is not Draft202012Validator or args or options:
            check.__func__(cls, schema, *args, **options)
            valid.add(known)

    Draft202012Validator.check_schema = classmethod(check_once)


def cron_descriptions() -> None:
    """Airflow describes the cron expression of a DAG in words each time that it reads it from the database, which it
    does 15 times per DAG file: each time, a file of translations is read."""
    from airflow.timetables._cron import CronMixin

    describe = getattr(CronMixin, "_describe_with_dom_dow_fix", None)
    if not describe:  # Airflow 3.0
        return
    known: dict[str, str] = {}

    def describe_once(self: Any, expression: str) -> str:
        if expression not in known:
            known[expression] = describe(self, expression)
        return known[expression]

    CronMixin._describe_with_dom_dow_fix = describe_once


def dag_files() -> None:
    """Caches of Python, Jinja and jsonschema that fill when a DAG file is read and a task is rendered."""
    dag = small_dag()
    dag.validate()
    dag.params.validate()
    [task] = dag.tasks
    task.resolve_template_files()
    task.render_template("{{ day }}", {"day": dag.start_date.format("YYYYMMDD")}, task.get_template_env())


def small_dag() -> Any:
    import pendulum
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, Param

    start = pendulum.datetime(2024, 1, 1)
    with DAG("warm_up", schedule=None, start_date=start, params={"day": Param(None, type=["null", "string"])}) as dag:
        PythonOperator(task_id="warm_up", python_callable=print, op_args=["{{ ds_nodash }}"])
    return dag


def data_frames() -> None:
    """The plugins of narwhals, which scikit-learn looks for in all installed packages at its first data frame."""
    from narwhals.stable.v2 import from_native
    from pandas import DataFrame

    from_native(DataFrame({"a": [1]})).to_native()
