from types import SimpleNamespace

import pytest

from mlopsctl.core import deadline as module
from mlopsctl.core.deadline import Deadline


def test_it_is_over_after_so_many_seconds_and_anew_where_something_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    deadline = Deadline(5)
    assert not deadline.expired
    now[0] = 105.0
    assert (deadline.expired, deadline.waited) == (False, 5.0)
    now[0] = 105.5
    assert (deadline.expired, deadline.waited) == (True, 5.5)
    deadline.renew()
    assert (deadline.expired, deadline.waited) == (False, 0.0)
