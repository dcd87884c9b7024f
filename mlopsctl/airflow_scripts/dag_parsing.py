"""What the dag-processor does at its start and for each DAG file: less. preload.py calls the functions of FEWER
after the modules are imported.

The names are those of Airflow 3.0 to 3.3. Where one is missing, nothing is changed.
"""

import sys
import time
from functools import cache, cached_property, wraps
from importlib import import_module
from types import SimpleNamespace
from typing import Any

COLLECTION = "airflow.dag_processing.collection"
MANAGER = "airflow.dag_processing.manager"
PROCESSOR = "airflow.dag_processing.processor"
SERIALIZATION = "airflow.serialization.serialized_objects"


def defer_execution_api() -> None:
    """Until a DAG file asks for a connection or a variable when it is parsed. What answers it is the part of the API
    server that serves tasks: a second of CPU and 30 MiB."""
    manager: Any = getattr(_module(MANAGER), "DagFileProcessorManager", None)
    names = manager.__init__.__globals__ if manager else {}  # attrs keeps the factories of the fields here
    factory = "__attr_factory__api_server"
    if factory in names:
        names[factory] = _deferred(names[factory])


def _deferred(make: Any) -> Any:
    from httpx import BaseTransport

    made = cache(make)

    class DeferredTransport(BaseTransport):
        def handle_request(self, request: Any) -> Any:
            return made().transport.handle_request(request)

    return lambda: SimpleNamespace(transport=DeferredTransport())


def query_less_often() -> None:
    """Airflow's loop asks the database for callbacks, for files to read first and for outdated warnings whenever the
    process of a file writes something, twice per file, and otherwise each second."""
    manager: Any = getattr(_module(MANAGER), "DagFileProcessorManager", None)
    for name, seconds in (("fetch_callbacks", 0.5), ("claim_priority_files", 0.5), ("purge_inactive_dag_warnings", 30)):
        if hasattr(manager, name):
            setattr(manager, name, _at_most_every(seconds, getattr(manager, name)))


def _at_most_every(seconds: float, read: Any) -> Any:
    """`read`, or nothing if it was read within these seconds."""
    last = -seconds

    @wraps(read)
    def read_or_wait(self: Any) -> Any:
        nonlocal last
        if time.monotonic() - last < seconds:
            return []
        last = time.monotonic()
        return read(self)

    return read_or_wait


def shorten_repr() -> None:
    """The process of each file replaces the signal handlers of its parent. For each of them, Python writes the whole
    manager, with all files, into an error message that nobody sees."""
    manager: Any = getattr(_module(MANAGER), "DagFileProcessorManager", None)
    if manager:
        manager.__repr__ = object.__repr__


def reuse_type_adapter() -> None:
    """pydantic's type adapter for what the process of a DAG file receives: each of them creates it."""
    processor = _module(PROCESSOR)
    if not hasattr(processor, "ToDagProcessor") or not hasattr(processor, "TypeAdapter"):
        return
    created, received = processor.TypeAdapter, processor.ToDagProcessor
    built = created(received)

    class BuiltBefore:
        def __class_getitem__(cls, _: Any) -> Any:
            return cls

        def __new__(cls, of_type: Any) -> Any:
            return built if of_type is received else created(of_type)

    processor.TypeAdapter = BuiltBefore


def serialize_dag() -> None:
    """Fill the caches of Python and jsonschema that fill when a DAG is serialized."""
    if not _module("airflow.sdk"):
        return
    serialization = _module(SERIALIZATION)
    serializer = getattr(serialization, "DagSerialization", None) or serialization.SerializedDAG
    serializer.to_dict(sys.modules["warm_up"].small_dag())


def decode_timetable_once() -> None:
    """Airflow decodes the timetable of a DAG each time that it needs it, 15 times per file."""
    dag: Any = getattr(_module(SERIALIZATION), "LazyDeserializedDAG", None)
    timetable = vars(dag).get("timetable") if dag else None
    if isinstance(timetable, property):
        dag.timetable = cached_property(timetable.fget)  # type: ignore[arg-type]
        dag.timetable.__set_name__(dag, "timetable")


def read_permissions_at_once() -> None:
    """Those of a DAG. FAB's auth manager asks for each of them after each parsing of the DAG, with 28 queries. If one
    is missing, or the DAG has an access control of its own, it still does."""
    collection, permissions = _module(COLLECTION), _module("airflow.providers.fab.www.security.permissions")
    if not hasattr(collection, "_sync_dag_perms") or not hasattr(permissions, "RESOURCE_DETAILS_MAP"):
        return
    synchronize = collection._sync_dag_perms

    @wraps(synchronize)
    def synchronize_missing(dag: Any, session: Any) -> None:
        needed = _permissions(dag.dag_id, permissions)
        if dag.access_control is not None or needed - _existing(session, {resource for _, resource in needed}):
            synchronize(dag, session=session)

    collection._sync_dag_perms = synchronize_missing


def _permissions(dag_id: str, permissions: Any) -> set[tuple[str, str]]:
    """Actions and names of resources that FAB's auth manager creates for a DAG."""
    return {
        (action, permissions.resource_name(dag_id, resource))
        for resource, details in permissions.RESOURCE_DETAILS_MAP.items()
        for action in details["actions"]
    }


def _existing(session: Any, resources: set[str]) -> set[tuple[str, str]]:
    from sqlalchemy import bindparam, text

    query = text(
        "SELECT a.name, r.name FROM ab_permission_view AS p JOIN ab_permission AS a ON a.id = p.permission_id "
        "JOIN ab_view_menu AS r ON r.id = p.view_menu_id WHERE r.name IN :resources"
    ).bindparams(bindparam("resources", expanding=True))
    return {(action, resource) for action, resource in session.execute(query, {"resources": sorted(resources)})}


def _module(name: str) -> Any:
    """None if this release does not have it."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None


_ALL = (
    defer_execution_api,
    query_less_often,
    shorten_repr,
    reuse_type_adapter,
    serialize_dag,
    decode_timetable_once,
    read_permissions_at_once,
)
FEWER = {f"dag_parsing:{function.__name__}": function for function in _ALL}
