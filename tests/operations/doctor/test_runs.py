"""What needs no server. The rest is in tests/live/test_doctor_runs.py."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mlopsctl.core.model import WaitingGroup
from mlopsctl.core.states import WaitReason
from mlopsctl.operations.doctor import runs
from mlopsctl.operations.doctor.check import Finding
from mlopsctl.operations.doctor.runs import stranded, zombies
from tests.operations.doctor.contexts import place, set_up


def test_what_can_be_mended_is_known_again_when_time_and_numbers_have_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = place(set_up(tmp_path))
    monkeypatch.setattr(runs, "metadata", lambda place: None)

    def seen(number: int, seconds: int) -> list[Finding]:
        silent = [
            WaitingGroup(WaitReason.SILENT, "loans", task, number, seconds, ("r",)) for task in ("train", "train/1")
        ]
        monkeypatch.setattr(runs, "metadata", lambda place: SimpleNamespace(silent_tasks=lambda late: silent))
        monkeypatch.setattr(
            runs, "waiting", lambda place: [WaitingGroup(WaitReason.CANCELLED, "loans", "", number, seconds, ("r",))]
        )
        return [*zombies(there), *stranded(there)]

    before, after = seen(1, 599), seen(2, 601)
    assert all(one.message != other.message for one, other in zip(before, after, strict=True))
    keys = ["loans train", "loans train/1", "loans"]
    assert [finding.key for finding in before] == [finding.key for finding in after] == keys
