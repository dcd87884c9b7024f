"""When alerts are sent; tests/live sends real messages."""

import pytest
from support import alerts


def test_notify_is_empty_without_alert_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_ALERTS", "")
    assert alerts.notify() == {}
    monkeypatch.delenv("MLOPSCTL_ALERTS")
    assert alerts.notify() == {}


@pytest.mark.parametrize(
    ("run_type", "run_id", "note", "state", "is_late"),
    [
        ("scheduled", "scheduled__2024-01-05T00:00:00+00:00", None, "running", True),
        ("scheduled", "scheduled__2024-01-05T00:00:00+00:00", "slow today", "queued", True),
        ("manual", "mlopsctl__20240105T000000.000000", None, "running", True),  # `mlopsctl trigger`
        ("manual", "manual__2024-01-05T00:00:00+00:00", None, "success", False),
        ("scheduled", "scheduled__2024-01-05T00:00:00+00:00", None, "failed", False),
        # Backfills: by Airflow's engine; by the per-run engine; runs cleared by the latter.
        ("backfill", "backfill__2024-01-05T00:00:00+00:00", None, "running", False),
        ("manual", "mlopsctl__a1b2c3__2024-01-05", None, "queued", False),
        ("manual", "mlopsctl__123456__2024-01-05T03:00:00", None, "queued", False),
        ("manual", "mlopsctl__20240105T000000.000000", "mlopsctl backfill a1b2c3", "queued", False),
    ],
)
def test_unfinished_run_is_late_unless_it_belongs_to_a_backfill(
    run_type: str, run_id: str, note: str | None, state: str, is_late: bool
) -> None:
    assert alerts.is_late({"run_type": run_type, "dag_run_id": run_id, "note": note, "state": state}) is is_late


def test_no_alert_for_a_run_that_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "send", lambda _: pytest.fail("an alert was sent"))
    alerts.send_late_alert({"dag_run": {"state": "success"}, "deadline": {}})
