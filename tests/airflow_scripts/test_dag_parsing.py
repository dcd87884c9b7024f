"""The dag-processor does less for each DAG file, and what comes of it is the same."""

import importlib
import sys
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPTS)
    monkeypatch.delitem(sys.modules, "dag_parsing", raising=False)
    return importlib.import_module("dag_parsing")


@pytest.fixture
def airflow(script: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Airflow's modules, by name: a test gives them what it needs of them."""
    modules: dict[str, ModuleType] = {}
    permissions = "airflow.providers.fab.www.security.permissions"
    for name in (script.MANAGER, script.PROCESSOR, script.SERIALIZATION, script.COLLECTION, permissions):
        modules[name] = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, modules[name])
    return modules


def test_a_release_with_other_names_stays_as_it_is(script: Any, airflow: dict[str, ModuleType]) -> None:
    airflow[script.MANAGER].DagFileProcessorManager = type("Manager", (), {"__init__": lambda self: None})  # type: ignore[attr-defined]
    for function in script.FEWER.values():
        function()
    assert "_deferred" not in vars(airflow[script.MANAGER])


def test_without_these_modules_nothing_fails(script: Any) -> None:
    for function in script.FEWER.values():
        function()


def test_execution_api_is_made_for_the_first_request(script: Any, airflow: dict[str, ModuleType]) -> None:
    made = []

    def make() -> SimpleNamespace:
        made.append(1)
        return SimpleNamespace(
            transport=httpx.MockTransport(lambda request: httpx.Response(200, text=request.url.path))
        )

    names: dict[str, Any] = {"__attr_factory__api_server": make}

    def init(self: Any) -> None:
        self.api = __attr_factory__api_server()  # type: ignore[name-defined]  # noqa: F821  # as attrs writes it

    manager: Any = type("Manager", (), {"__init__": FunctionType(init.__code__, names)})
    airflow[script.MANAGER].DagFileProcessorManager = manager  # type: ignore[attr-defined]
    script.defer_execution_api()
    client = httpx.Client(transport=manager().api.transport, base_url="http://in-process.invalid/")
    assert not made
    assert [client.get(path).text for path in ("/a", "/b")] == ["/a", "/b"]
    assert made == [1]


def test_database_is_asked_for_callbacks_twice_a_second_at_most(
    script: Any, airflow: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(script, "time", SimpleNamespace(monotonic=lambda: clock.now))
    manager: Any = type("Manager", (), {"fetch_callbacks": lambda self: ["callback"]})
    airflow[script.MANAGER].DagFileProcessorManager = manager  # type: ignore[attr-defined]
    script.query_less_often()
    found = []
    for clock.now in (100.0, 100.1, 100.4, 100.6, 101.6):
        found.append(manager().fetch_callbacks())
    assert found == [["callback"], [], [], ["callback"], ["callback"]]


def test_type_adapter_of_received_messages_is_built_once(script: Any, airflow: dict[str, ModuleType]) -> None:
    class TypeAdapter:
        def __class_getitem__(cls, _: Any) -> Any:
            return cls

        def __init__(self, of_type: Any) -> None:
            self.of_type = of_type

    processor: Any = airflow[script.PROCESSOR]
    processor.ToDagProcessor, processor.TypeAdapter = "messages", TypeAdapter
    script.reuse_type_adapter()
    first, second = (processor.TypeAdapter["messages"]("messages") for _ in range(2))
    assert first is second and first.of_type == "messages"
    assert processor.TypeAdapter("other").of_type == "other"


def test_timetable_is_decoded_once_per_dag(script: Any, airflow: dict[str, ModuleType]) -> None:
    decoded = []

    class LazyDeserializedDAG:
        @property
        def timetable(self) -> str:
            decoded.append(self)
            return "timetable"

    airflow[script.SERIALIZATION].LazyDeserializedDAG = LazyDeserializedDAG  # type: ignore[attr-defined]
    script.decode_timetable_once()
    one, other = LazyDeserializedDAG(), LazyDeserializedDAG()
    assert [dag.timetable for dag in (one, one, other)] == ["timetable"] * 3
    assert decoded == [one, other]


@pytest.mark.parametrize(
    ("existing", "access_control", "synchronized"),
    [
        ({("can_read", "DAG:a"), ("can_edit", "DAG:a")}, None, False),
        ({("can_read", "DAG:a")}, None, True),
        ({("can_read", "DAG:a"), ("can_edit", "DAG:a")}, {"Viewer": ["can_read"]}, True),
    ],
)
def test_permissions_are_synchronized_if_one_is_missing_or_access_is_controlled(
    script: Any,
    airflow: dict[str, ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    existing: set[tuple[str, str]],
    access_control: Any,
    synchronized: bool,
) -> None:
    calls = []
    collection: Any = airflow[script.COLLECTION]
    collection._sync_dag_perms = lambda dag, session: calls.append((dag.dag_id, session))
    permissions: Any = airflow["airflow.providers.fab.www.security.permissions"]
    permissions.RESOURCE_DETAILS_MAP = {"DAGs": {"actions": ["can_read", "can_edit"]}}
    permissions.resource_name = lambda dag_id, resource: f"DAG:{dag_id}"
    monkeypatch.setattr(script, "_existing", lambda session, resources: existing if resources == {"DAG:a"} else None)
    script.read_permissions_at_once()
    collection._sync_dag_perms(SimpleNamespace(dag_id="a", access_control=access_control), session="session")
    assert calls == ([("a", "session")] if synchronized else [])
