"""Sending an alert through several channels; tests/live sends real messages."""

import pytest
from support import alert_channels
from support.alert_message import Alert

from tests.dags.support.test_alert_message import ALERT


def test_failing_channel_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Alert] = []

    def fail(alert: Alert) -> None:
        raise ConnectionError(alert.dag)

    monkeypatch.setenv("MLOPSCTL_ALERTS", "first,broken,last")
    for name, sender in {"first": sent.append, "broken": fail, "last": sent.append}.items():
        monkeypatch.setitem(alert_channels.SENDERS, name, sender)
    with pytest.raises(ConnectionError, match="ml_pipeline"):
        alert_channels.send(ALERT)
    assert sent == [ALERT, ALERT]
