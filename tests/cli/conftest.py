import pytest

from mlopsctl.operations.setup import preflight


@pytest.fixture
def open_to_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept a home in pytest's temporary folder, which the accounts of the databases cannot enter."""
    monkeypatch.setattr(preflight, "_check_access", lambda request: None)
