"""What FastAPI builds again and again for Airflow's API server is built once."""

import importlib
import sys
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPTS)
    monkeypatch.delitem(sys.modules, "api_routes", raising=False)
    for name in (
        "fastapi",
        "fastapi._compat",
        "fastapi._compat.v2",
        "fastapi.dependencies",
        "fastapi.dependencies.utils",
    ):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    return importlib.import_module("api_routes")


def test_another_fastapi_stays_as_it_is(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for function in script.FEWER.values():
        function()
    for name in [name for name in sys.modules if name.startswith("fastapi")]:
        monkeypatch.delitem(sys.modules, name)
    for function in script.FEWER.values():
        function()


def test_type_adapters_of_equal_types_are_built_once(script: Any) -> None:
    built = []

    class TypeAdapter:
        def __init__(self, of_type: Any, *, config: Any = None, _parent_depth: int = 2) -> None:
            built.append(of_type)
            self.of_type, self.depth = of_type, _parent_depth

    compat: Any = sys.modules["fastapi._compat.v2"]
    compat.TypeAdapter = TypeAdapter
    script.share_type_adapters()

    class Field(SimpleNamespace):
        def __repr__(self) -> str:
            return f"Field({self.default!r})"

    def adapt(of_type: Any, **options: Any) -> Any:
        return compat.TypeAdapter(of_type, **options)

    one, same = (adapt(Annotated[int, Field(default=1, default_factory=None)]) for _ in range(2))
    assert vars(one) == vars(same) and len(built) == 1 and one.depth == 3
    for of_type, options in (
        (Annotated[str, Field(default=1, default_factory=None)], {}),
        (Annotated[int, Field(default=2, default_factory=None)], {}),
        (Annotated[int, Field(default=1, default_factory=list)], {}),
        (Annotated[int, Field(default=1, default_factory=None)], {"config": {"strict": True}}),
        (int, {}),
        ([], {}),
        ([], {}),
    ):
        count = len(built)
        assert adapt(of_type, **options).of_type is of_type and len(built) == count + 1, of_type


def test_signature_of_a_function_is_read_once(script: Any) -> None:
    utils: Any = sys.modules["fastapi.dependencies.utils"]
    read: list[Any] = []

    def get_typed_signature(call: Any) -> int:
        read.append(call)
        return len(read)

    utils.get_typed_signature = get_typed_signature
    script.read_signatures_once()
    unhashable: list[Any] = []
    assert [utils.get_typed_signature(call) for call in (print, len, print, unhashable, unhashable)] == [1, 2, 1, 3, 3]
