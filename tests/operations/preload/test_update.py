"""What is listed for the components, and when a restart would gain something."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.adapters.airflow.release import RELEASES, find
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.preload import listing, update

DAG = "from airflow.sdk import DAG\nimport pandas\nimport torch.nn\n"


class FakePrograms(AirflowPrograms):
    """Tries modules without running them: torch is not fit for it."""

    def run_script(self, name: str, request: Any) -> dict[str, Any]:
        if "broken" in request["modules"]:
            raise MlopsctlError("try_modules.py failed: no memory.")
        modules = [module for module in request["modules"] if module != "torch.nn"]
        return {"modules": modules, "left_out": {"torch.nn": "its import starts threads"}}


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return make(tmp_path)


def make(home: Path, *setting: str) -> Platform:
    settings = Settings(preload=setting or ("auto",))
    for file in ("venv/lib/python3.11/site-packages/pandas/__init__.py", "airflow/dags/one.py"):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).touch()
    torch = home / "venv/lib/python3.11/site-packages/torch/nn.py"
    torch.parent.mkdir(exist_ok=True)
    torch.touch()
    (home / "airflow/dags/one.py").write_text(DAG)
    platform = App(home, "start", Output()).platform_with(settings)
    return replace(platform, airflow=FakePrograms(Home(home), preload=settings.preloads))


def started(platform: Platform, component: str, *modules: str, state: str = "done") -> None:
    content = {"pid": 1, "state": state, "modules": modules, "failed": {}}
    (platform.home.preload / f"{component}.json").write_text(json.dumps(content))


def test_the_modules_that_can_be_preloaded_are_listed(platform: Platform) -> None:
    assert update.is_outdated(platform)
    update.update(platform)
    assert not update.is_outdated(platform)
    assert listing.current(platform.home).modules == ("pandas",)
    assert listing.left_out(platform.home, ()) == {"torch.nn": "its import starts threads"}


def test_components_that_are_started_at_the_same_time_update_the_listing_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read, clock = threading.Semaphore(0), 0, time.monotonic

    def monotonic() -> float:
        asked.release()
        return clock()

    def wanted(_: Platform) -> dict[str, bool]:
        nonlocal read
        read += 1
        for _thread in range(2 if read == 1 else 0):
            assert asked.acquire(timeout=10)
        return {}

    monkeypatch.setattr(time, "monotonic", monotonic)
    monkeypatch.setattr(update, "wanted", wanted)
    threads = [threading.Thread(target=update.update, args=(platform,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == 1
    update.update(platform)
    assert read == 2, "another start"


@pytest.mark.parametrize(
    ("setting", "modules"),
    [
        (("auto", "-torch"), ["pandas"]),
        (("auto", "numpy.fft"), ["pandas", "torch.nn", "numpy.fft"]),
        (("numpy.fft",), ["numpy.fft"]),
        (("auto", "-tor"), ["pandas", "torch.nn"]),
    ],
)
def test_the_setting_adds_and_leaves_out(tmp_path: Path, setting: tuple[str, ...], modules: list[str]) -> None:
    assert list(update.wanted(make(tmp_path, *setting))) == modules


@pytest.mark.parametrize("setting", ["off", ""])
def test_nothing_is_preloaded_if_it_is_switched_off(tmp_path: Path, setting: str) -> None:
    platform = make(tmp_path, "off")
    assert platform.airflow.preloading == ()
    update.prepare(platform, "scheduler")
    assert listing.current(platform.home) == listing.Listing()


def test_a_component_of_a_release_without_a_list_starts_as_ever(tmp_path: Path) -> None:
    programs = AirflowPrograms(Home(tmp_path), release=replace(find("2.11.2"), preload=()), preload=True)
    scheduler = next(p for p in programs.services("127.0.0.1", 8080) if p.name == "scheduler")
    assert not programs.preloading
    assert not any("preload.py" in word for word in scheduler.command)
    assert all(release.preload for release in RELEASES)


def test_modules_that_cannot_be_tried_do_not_keep_the_scheduler_from_starting(tmp_path: Path) -> None:
    platform = make(tmp_path, "broken")
    update.prepare(platform, "scheduler")
    assert listing.current(platform.home) == listing.Listing(failure="try_modules.py failed: no memory.")
    assert update.is_outdated(platform)  # tried again at the next start


def test_a_restart_gains_what_the_running_components_have_not_imported(platform: Platform) -> None:
    update.update(platform)
    started(platform, "scheduler", "pandas")
    assert update.missing(platform) == []
    started(platform, "dag-processor")
    assert update.missing(platform) == ["pandas"]
    started(platform, "dag-processor", state="skipped")
    assert update.missing(platform) == []


def test_the_dag_processor_does_without_what_only_tasks_import(platform: Platform) -> None:
    (platform.home.dags / "one.py").write_text(DAG.replace("import pandas", "def fit(): import pandas"))
    update.update(platform)
    assert json.loads((platform.home.preload / "modules.json").read_text())["by_tasks"] == ["pandas"]
    started(platform, "dag-processor")
    assert update.missing(platform) == []
    started(platform, "scheduler")
    assert update.missing(platform) == ["pandas"]


def test_a_glance_reads_the_dag_files_only_if_one_is_newer(platform: Platform) -> None:
    assert update.missing_at_a_glance(platform) == []  # nothing was tried yet
    update.update(platform)
    started(platform, "scheduler")
    assert update.missing_at_a_glance(platform) == []
    file = platform.home.preload / "modules.json"
    file.touch()

    os.utime(file, (1, 1))
    assert update.missing_at_a_glance(platform) == ["pandas"]


def test_a_start_on_request_forgets_the_early_end_of_the_last_one(platform: Platform) -> None:
    update.update(platform)
    started(platform, "scheduler", state="importing")
    update.prepare(platform, "scheduler")
    assert listing.report(platform.home, "scheduler") is None
    (platform.home.preload / "modules.json").write_text("{")
    update.prepare(platform, "scheduler")
    assert listing.current(platform.home).modules == ("pandas",)


def test_a_dags_folder_that_cannot_be_read_does_not_keep_the_scheduler_from_starting(platform: Platform) -> None:
    update.update(platform)
    (platform.home.dags / ".airflowignore").write_text("!\n")  # not a pattern
    update.prepare(platform, "scheduler")
    assert listing.current(platform.home).modules == () and listing.current(platform.home).failure
    assert update.missing_at_a_glance(platform) == []


@pytest.mark.parametrize(
    ("setting", "preloaded", "restarted"),
    [
        (("auto",), ["pandas"], False),
        (("auto",), [], False),  # status says that a restart would gain something
        (("auto", "-pandas"), ["pandas"], True),
        (("auto", "-pandas"), [], False),
        (("auto", "numpy"), ["pandas"], True),
        (("auto", "numpy"), ["numpy", "pandas"], False),
        (("auto", "torch.nn"), ["pandas"], False),  # it was tried, and left out
        (("numpy",), ["numpy", "pandas"], True),
        (("numpy",), ["numpy"], False),
    ],
)
def test_setup_restarts_what_contradicts_the_setting(
    tmp_path: Path, setting: tuple[str, ...], preloaded: list[str], restarted: bool
) -> None:
    platform = make(tmp_path, *setting)
    update.update(platform)
    trusted = platform.airflow.release.preload
    started(platform, "scheduler", *trusted, *preloaded)
    assert update.contradicting(platform) == ["scheduler"] * restarted
    started(platform, "scheduler", *trusted, *preloaded, state="skipped")
    assert update.contradicting(platform) == []
