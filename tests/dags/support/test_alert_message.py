"""The content of an alert."""

from dataclasses import replace
from datetime import datetime

import pytest
from support.alert_message import Alert, RunDate

ALERT = Alert(
    what="failed",
    dag="ml_pipeline",
    task="train",
    run="scheduled__1",
    date="2024-01-05",
    error="ValueError: {{ no }} <data>",
    link="http://127.0.0.1:8080/dags/ml_pipeline/runs/scheduled__1",
    command="mlopsctl --home /home/me/.mlopsctl backfill ml_pipeline --from 2024-01-05 --to 2024-01-05",
)


def test_text_has_one_line_per_field() -> None:
    assert ALERT.subject == "ml_pipeline failed: 2024-01-05"
    assert ALERT.text == (
        "ml_pipeline failed: 2024-01-05\n"
        "\n"
        "DAG    ml_pipeline\n"
        "Task   train\n"
        "Date   2024-01-05\n"
        "Run    scheduled__1\n"
        "Error  ValueError: {{ no }} <data>\n"
        "Link   http://127.0.0.1:8080/dags/ml_pipeline/runs/scheduled__1\n"
        "Retry  mlopsctl --home /home/me/.mlopsctl backfill ml_pipeline --from 2024-01-05 --to 2024-01-05"
    )


def test_all_fields_are_text() -> None:
    assert all(isinstance(value, str) for value in vars(replace(ALERT, what="late")).values())


@pytest.mark.parametrize(
    ("logical_date", "run_type", "day", "arguments"),
    [
        ("2023-12-31T21:00:00+00:00", "scheduled", "2024-01-01", "backfill a --from 2024-01-01 --to 2024-01-01"),
        ("2024-01-01T00:00:00+00:00", "manual", "2024-01-01", "backfill a --from 2024-01-01 --to 2024-01-01"),
        ("2023-12-31T15:00:00+00:00", "manual", "2024-01-01", "backfill a --from 2024-01-01 --to 2024-01-01"),
        ("2024-01-01T11:27:04.6+00:00", "manual", "2024-01-01", "trigger a --wait"),  # triggered at 20:27
        (None, "manual", "", "trigger a --wait"),
    ],
)
def test_retry_is_a_backfill_for_runs_of_a_day(
    logical_date: str | None, run_type: str, day: str, arguments: str
) -> None:
    date = RunDate(datetime.fromisoformat(logical_date) if logical_date else None, "Asia/Seoul", run_type)
    assert (date.day, date.retry_arguments("a")) == (day, arguments)
