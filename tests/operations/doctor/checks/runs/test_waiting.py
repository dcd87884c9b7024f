"""Without a database. The rest is in tests/live/test_doctor_runs.py."""

import re

import pytest

from mlopsctl.adapters.airflow.metadb import waiting as queries
from mlopsctl.core.model import WaitingGroup
from mlopsctl.core.states import WaitReason
from mlopsctl.operations.doctor.checks.runs import waiting


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        (queries.QUEUED_RUNS, {*waiting.QUEUED_RUNS, "cancelled"}),
        (queries.SCHEDULED_TASKS, set(waiting.WAITING_TASKS)),
        (queries.STARVED_RUNS, set(waiting.STARVED_RUNS)),
    ],
)
def test_every_reason_of_a_query_is_explained(query: str, reasons: set[str]) -> None:
    assert set(re.findall(r"(?:THEN|ELSE) '([a-z-]+)'", query)) == reasons


@pytest.mark.parametrize(
    ("seconds", "text"), [(125, "2 min"), (7140, "119 min"), (7200, "2 h"), (172_799, "47 h"), (172_800, "2 days")]
)
def test_age_is_shown_in_minutes_hours_or_days(seconds: int, text: str) -> None:
    assert waiting.age(WaitingGroup(WaitReason.POOL_FULL, "loans", "gpu", 1, seconds, ("r",))) == text
