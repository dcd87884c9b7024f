"""The virtual environments of a home at each point at which an upgrade can be killed."""

import shutil
from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.operations.upgrade import swap
from tests.operations.upgrade.venvs import upgrade, venv, versions

OLD, NEW = "3.3.1", "3.3.2"


def test_activate_the_new_release_and_the_old_one_again(tmp_path: Path) -> None:
    requested = upgrade(tmp_path, NEW)
    venv(tmp_path / "venv", OLD)
    venv(tmp_path / "venv.next", NEW)
    for _ in range(2):  # the second call changes nothing
        swap.activate_new(requested)
        assert versions(tmp_path) == {"venv": NEW, "venv.before": OLD}
        assert requested.in_progress and requested.old_version == OLD
    swap.reactivate_old(requested)
    assert versions(tmp_path) == {"venv": OLD, "venv.next": NEW}, "the next attempt uses it again"


@pytest.mark.parametrize("forward", [True, False])
def test_a_swap_that_was_killed_halfway_can_be_completed_or_reverted(tmp_path: Path, forward: bool) -> None:
    requested = upgrade(tmp_path, NEW)
    venv(tmp_path / "venv.before", OLD)
    venv(tmp_path / "venv.next", NEW)
    if forward:
        swap.activate_new(requested)
        assert versions(tmp_path) == {"venv": NEW, "venv.before": OLD}
    else:
        swap.reactivate_old(requested)
        assert versions(tmp_path) == {"venv": OLD, "venv.next": NEW}


def test_a_partly_removed_environment_does_not_count_as_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv(tmp_path / "venv.next", NEW)
    monkeypatch.setattr(shutil, "rmtree", lambda path: None)  # killed
    swap.remove_venv(tmp_path / "venv.next", Home(tmp_path))
    assert versions(tmp_path) == {"venv.next": ""}
