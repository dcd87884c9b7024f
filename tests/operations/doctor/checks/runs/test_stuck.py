"""Without a database. The rest is in tests/live/test_doctor_runs.py."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mlopsctl.core.model import WaitingGroup
from mlopsctl.core.states import WaitReason
from mlopsctl.operations.doctor.check import Finding
from mlopsctl.operations.doctor.checks.runs import stuck
from mlopsctl.operations.doctor.context import DoctorContext
from tests.operations.doctor.contexts import doctor_context, make_home


def test_keys_of_findings_do_not_depend_on_durations_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = doctor_context(make_home(tmp_path))

    def find(number: int, seconds: int) -> list[Finding]:
        silent = [
            WaitingGroup(WaitReason.SILENT, "loans", task, number, seconds, ("r",)) for task in ("train", "train/1")
        ]
        queued = [WaitingGroup(WaitReason.CANCELLED, "loans", "", number, seconds, ("r",))]
        monkeypatch.setattr(DoctorContext, "metadata", SimpleNamespace(silent_tasks=lambda _: silent))
        monkeypatch.setattr(stuck, "queued_runs", lambda _: queued)
        return [*stuck.check_zombies(context), *stuck.check_stranded_runs(context)]

    before, after = find(1, 599), find(2, 601)
    assert all(one.message != other.message for one, other in zip(before, after, strict=True))
    keys = ["loans train", "loans train/1", "loans"]
    assert [finding.key for finding in before] == [finding.key for finding in after] == keys
