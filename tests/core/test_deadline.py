from types import SimpleNamespace

import pytest

from mlopsctl.core import deadline as module
from mlopsctl.core.deadline import Patience


def test_it_is_over_after_so_many_seconds_and_anew_where_something_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    patience = Patience(5)
    assert not patience.over
    now[0] = 105.0
    assert (patience.over, patience.waited) == (False, 5.0)
    now[0] = 105.5
    assert (patience.over, patience.waited) == (True, 5.5)
    patience.renew()
    assert (patience.over, patience.waited) == (False, 0.0)
