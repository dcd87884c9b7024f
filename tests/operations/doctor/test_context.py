import threading
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from tests.operations.doctor.contexts import doctor_context


def test_cached_value_is_loaded_once_by_all_threads(tmp_path: Path) -> None:
    calls, context = list[int](), doctor_context(tmp_path)

    def load() -> str:
        calls.append(1)
        return "loaded"

    values = list[str]()
    threads = [threading.Thread(target=lambda: values.append(context.cached("it", load))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == ["loaded"] * 4 and len(calls) == 1


def test_exception_is_cached_too(tmp_path: Path) -> None:
    calls, context = list[int](), doctor_context(tmp_path)

    def load() -> None:
        calls.append(1)
        raise MlopsctlError("the server refuses.")

    for _ in range(2):
        with pytest.raises(MlopsctlError):
            context.cached("it", load)
    assert len(calls) == 1
