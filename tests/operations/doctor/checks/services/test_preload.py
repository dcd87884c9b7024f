"""What the doctor says about modules that are not preloaded."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core.model import ServiceStatus
from mlopsctl.core.states import ServiceState
from mlopsctl.operations.doctor.context import DoctorContext
from mlopsctl.operations.preload import update
from tests.operations.doctor.contexts import findings, get_check, make_home, verdicts


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both components are running, and have preloaded pandas, which a DAG file imports."""
    running = {n: ServiceStatus(n, ServiceState.RUNNING, 1, 60, None) for n in ("scheduler", "dag-processor")}
    monkeypatch.setattr(DoctorContext, "service_states", running)
    monkeypatch.setattr(update, "wanted", lambda _: {"pandas": False})
    make_home(tmp_path, 'preload = ["auto"]')
    write(tmp_path, "modules", modules=["pandas"], left_out={}, key="k", failure="")
    for component in running:
        write(tmp_path, component, pid=1, state="done", modules=["pandas"], failed={})
    return tmp_path


def write(home: Path, name: str, **content: Any) -> None:
    file = home / "cache" / "preload" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def hints(home: Path) -> list[tuple[str, ...]]:
    return [finding.hint.command for finding in findings("preload", home)]


def test_nothing_to_say_if_all_is_preloaded(home: Path) -> None:
    assert verdicts("preload", home) == ["ok"]


def test_a_restart_is_suggested_for_new_modules(home: Path) -> None:
    write(home, "scheduler", pid=1, state="done", modules=[], failed={})
    assert hints(home) == [("restart", "scheduler", "dag-processor")]


def test_a_component_without_its_modules_is_named(home: Path) -> None:
    write(home, "scheduler", pid=1, state="skipped", modules=[], failed={})
    assert hints(home) == [("restart", "scheduler")]


def test_modules_that_were_left_out_are_named_with_the_setting_that_accepts_it(home: Path) -> None:
    left_out = {"torch": "its import starts threads", "missing": "ModuleNotFoundError: No module named 'missing'"}
    write(home, "modules", modules=["pandas"], left_out=left_out, key="k", failure="")
    (finding,) = findings("preload", home)
    assert finding.message == "torch is not preloaded: its import starts threads."
    assert finding.hint.command == ("config", "set", "preload", "auto,-torch")


def test_a_module_that_the_setting_names_is_named_whatever_the_reason(home: Path) -> None:
    make_home(home, 'preload = ["auto", "missing"]')
    left_out = {"missing": "ModuleNotFoundError: No module named 'missing'"}
    write(home, "modules", modules=["pandas"], left_out=left_out, key="k", failure="")
    assert [f.message for f in findings("preload", home)] == [f"missing is not preloaded: {left_out['missing']}."]


def test_a_failed_trial_is_named(home: Path) -> None:
    write(home, "modules", modules=[], left_out={}, key="", failure="no memory.")
    assert [f.message for f in findings("preload", home)] == ["the modules to preload cannot be tried: no memory."]


def test_the_check_is_skipped_if_preloading_is_off(home: Path) -> None:
    make_home(home, 'preload = ["off"]')
    assert verdicts("preload", home) == ["skipped"]
    assert get_check("preload").fix is None
