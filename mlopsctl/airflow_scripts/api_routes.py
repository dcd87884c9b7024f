"""What the API server does at its start: less. preload.py calls the functions of FEWER before Airflow is imported.

FastAPI builds the 280 routes of Airflow three times, because each router that includes another one builds its routes
again. What comes of it is the same each time. The names are those of FastAPI 0.116 to 0.136; where one is missing,
nothing is changed.
"""

import importlib
from collections.abc import Callable
from typing import Any


def share_type_adapters() -> None:
    """pydantic's type adapters for parameters and answers: 5,900, of which 465 differ, and a fifth of the time until
    the API server is ready."""
    compat: Any = _module("fastapi._compat.v2")
    if not hasattr(compat, "TypeAdapter"):
        return
    built: dict[Any, tuple[Any, Any]] = {}  # with the types: others must not get the ids of their parts

    class SharedTypeAdapter(compat.TypeAdapter):  # type: ignore[misc]  # FastAPI is in another venv
        def __init__(self, of_type: Any, **options: Any) -> None:
            try:
                same = built.get(key := _key(of_type, options))
            except TypeError:  # a type that cannot be a key
                super().__init__(of_type, **{"_parent_depth": 3, **options})
                return
            if same:
                self.__dict__.update(same[1])
            else:
                super().__init__(of_type, **{"_parent_depth": 3, **options})
                built[key] = of_type, vars(self)

    compat.TypeAdapter = SharedTypeAdapter


def _key(of_type: Any, options: Any) -> Any:
    """Equal for types that are the same, with the same constraints, validators and default. Functions are shown with
    their address, but for factories of defaults: pydantic shows their name."""
    metadata = getattr(of_type, "__metadata__", ())
    factories = tuple(id(getattr(item, "default_factory", None)) for item in metadata)
    return getattr(of_type, "__origin__", of_type), repr(metadata), factories, repr(options)


def read_signatures_once() -> None:
    """Those of the functions that answer requests, and of their dependencies."""
    utils = _module("fastapi.dependencies.utils")
    if not hasattr(utils, "get_typed_signature"):
        return
    utils.get_typed_signature = _once(utils.get_typed_signature)


def _once(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[int, tuple[Any, Any]] = {}  # with the function: another one must not get its id

    def read_once(call: Any) -> Any:
        if id(call) not in known:
            known[id(call)] = call, read(call)
        return known[id(call)][1]

    return read_once


def _module(name: str) -> Any:
    """None if this release does not have it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


FEWER = {f"api_routes:{function.__name__}": function for function in (share_type_adapters, read_signatures_once)}
