"""What is said of a run, and how it is found in a log, without Airflow; messages are sent in tests/live."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from support import alerts

ALERT = alerts.Alert(
    "failed",
    "ml_pipeline",
    "train",
    "scheduled__1",
    "2024-01-05",
    "ValueError: {{ no }} <data>",
    "http://127.0.0.1:8080/dags/ml_pipeline/runs/scheduled__1",
    "mlopsctl --home /home/me/.mlopsctl backfill ml_pipeline --from 2024-01-05 --to 2024-01-05",
)


def line(event: str, level: str = "error", **more: object) -> str:
    entry = {"timestamp": "2024-01-05T00:00:00Z", "level": level, "event": event, **more}
    return json.dumps(entry, ensure_ascii=False)


def failure(kind: str, said: str) -> str:
    return line("Task failed with exception", error_detail=[{"exc_type": kind, "exc_value": said, "frames": []}])


def test_without_alerts_a_dag_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPSCTL_ALERTS", "")
    assert alerts.notify() == {}
    monkeypatch.delenv("MLOPSCTL_ALERTS")
    assert alerts.notify() == {}


def test_the_message_says_what_where_when_why_and_what_to_do() -> None:
    assert ALERT.subject == "ml_pipeline failed: 2024-01-05"
    assert ALERT.text == (
        "ml_pipeline failed: 2024-01-05\n"
        "\n"
        "DAG    ml_pipeline\n"
        "Task   train\n"
        "Date   2024-01-05\n"
        "Run    scheduled__1\n"
        "Error  ValueError: {{ no }} <data>\n"
        "Look   http://127.0.0.1:8080/dags/ml_pipeline/runs/scheduled__1\n"
        "Again  mlopsctl --home /home/me/.mlopsctl backfill ml_pipeline --from 2024-01-05 --to 2024-01-05"
    )


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ([line("start", "info"), failure("KeyError", "'a'"), line("done", "info")], "KeyError: 'a'"),
        ([failure("KeyError", "'a'"), line("Failed to run task callback")], "KeyError: 'a'"),
        ([line("could not connect"), failure("KeyError", "'a'")], "KeyError: 'a'"),
        ([line("start", "info"), line("Task killed!", "critical")], "Task killed!"),
        ([line("start", "info"), '{"timestamp": "2024'], alerts.SILENT),  # cut off in the middle of a line
        ([failure("KeyError", "'a'"), '{"timestamp": "2024' + line("on", "info")], "KeyError: 'a'"),  # and gone on with
        ([failure("KeyError", "'a'"), '{"level": "info"}'], "KeyError: 'a'"),  # somebody's own
        ([failure("KeyError", "'값'"), '{"event": "\udcea\udcb0"}'], "KeyError: '값'"),  # cut off in a letter
        ([failure("KeyError", "'a\u2028b'")], "KeyError: 'a\u2028b'"),  # no end of a line
        ([], alerts.SILENT),
    ],
)
def test_the_error_is_found_in_the_log(log: list[str], why: str) -> None:
    assert alerts.reason("\n".join(log).encode(errors="surrogateescape")) == why


def test_a_channel_that_fails_does_not_keep_the_others_from_being_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[alerts.Alert] = []

    def broken(alert: alerts.Alert) -> None:
        raise ConnectionError(alert.dag)

    monkeypatch.setenv("MLOPSCTL_ALERTS", "first,broken,last")
    for name, sender in {"first": told.append, "broken": broken, "last": told.append}.items():
        monkeypatch.setitem(alerts.SENDERS, name, sender)
    with pytest.raises(ConnectionError, match="ml_pipeline"):
        alerts.send(ALERT)
    assert told == [ALERT, ALERT]


@pytest.mark.parametrize(
    ("run_type", "run_id", "note", "state", "called_late"),
    [
        ("scheduled", "scheduled__2024-01-05T00:00:00+00:00", None, "running", True),
        ("scheduled", "scheduled__2024-01-05T00:00:00+00:00", "slow today", "queued", True),
        ("manual", "mlopsctl__20240105T000000.000000", None, "running", True),  # `mlopsctl trigger`
        ("manual", "manual__2024-01-05T00:00:00+00:00", None, "success", False),
        ("scheduled", "scheduled__2024-01-05T00:00:00+00:00", None, "failed", False),
        # Backfills: by Airflow's engine; run by run; what the latter cleared.
        ("backfill", "backfill__2024-01-05T00:00:00+00:00", None, "running", False),
        ("manual", "mlopsctl__a1b2c3__2024-01-05", None, "queued", False),
        ("manual", "mlopsctl__123456__2024-01-05T03:00:00", None, "queued", False),
        ("manual", "mlopsctl__20240105T000000.000000", "mlopsctl backfill a1b2c3", "queued", False),
    ],
)
def test_a_run_that_has_not_ended_is_late_unless_a_backfill_has_queued_it(
    run_type: str, run_id: str, note: str | None, state: str, called_late: bool
) -> None:
    assert alerts.is_late({"run_type": run_type, "dag_run_id": run_id, "note": note, "state": state}) is called_late


def test_of_a_run_that_is_not_late_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "send", lambda _: pytest.fail("a message was sent"))
    alerts.tell_late({"dag_run": {"state": "success"}, "deadline": {}})


def test_an_alert_holds_text_alone() -> None:
    assert all(isinstance(value, str) for value in vars(replace(ALERT, what="late")).values())


@pytest.mark.parametrize(
    ("moment", "run_type", "day", "again"),
    [
        ("2023-12-31T21:00:00+00:00", "scheduled", "2024-01-01", "backfill a --from 2024-01-01 --to 2024-01-01"),
        ("2024-01-01T00:00:00+00:00", "manual", "2024-01-01", "backfill a --from 2024-01-01 --to 2024-01-01"),
        ("2023-12-31T15:00:00+00:00", "manual", "2024-01-01", "backfill a --from 2024-01-01 --to 2024-01-01"),
        ("2024-01-01T11:27:04.6+00:00", "manual", "2024-01-01", "trigger a --wait"),  # pressed at 20:27
        (None, "manual", "", "trigger a --wait"),
    ],
)
def test_the_command_that_runs_it_again(moment: str | None, run_type: str, day: str, again: str) -> None:
    when = alerts.When(datetime.fromisoformat(moment) if moment else None, "Asia/Seoul", run_type)
    assert (when.day, when.again("a")) == (day, again)
