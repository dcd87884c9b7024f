import time

from mlopsctl.operations.patience import Patience


def test_it_is_over_after_so_many_seconds_and_anew_where_something_moved() -> None:
    patience = Patience(0.05)
    assert not patience.over
    time.sleep(0.1)
    assert patience.over and 0.1 <= patience.waited < 5
    patience.renew()
    assert not patience.over and patience.waited < 0.05
