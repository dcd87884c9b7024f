from pathlib import Path

import pytest

from tests.operations.doctor.contexts import is_ok, outcome

pytestmark = pytest.mark.usefixtures("no_index")


def test_an_index_that_somebody_has_set_is_named_if_it_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    verdict, message = outcome("package-index", tmp_path)
    assert verdict == "warning" and "http://127.0.0.1:1/simple (set by UV_DEFAULT_INDEX)" in message
    assert message.endswith("the connection was refused.")


def test_a_proxy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    verdict, message = outcome("package-index", tmp_path)
    assert verdict == "warning" and "through the proxy http://127.0.0.1:1 (set by HTTPS_PROXY)" in message


def test_uv_s_own_index_is_not_asked(tmp_path: Path) -> None:
    """conftest.py makes a connection to another machine an error."""
    assert is_ok("package-index", tmp_path)
