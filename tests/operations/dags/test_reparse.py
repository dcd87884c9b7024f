"""Which files are waited for. Airflow itself reads them in tests/live/test_dags.py."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.core.errors import TimedOut
from mlopsctl.core.model import DagDetails
from mlopsctl.core.paths import Home
from mlopsctl.core.states import StepState
from mlopsctl.core.steps import Step
from mlopsctl.operations.dags import reparse
from mlopsctl.operations.platform import Platform
from tests.fake_clock import FakeClock
from tests.fake_file_reader import FakeFileReader
from tests.operations.dags.zips import encrypt, write_zip

DAG = "from airflow.sdk import DAG\nwith DAG('{}'):\n    pass\n"
ENDED = {"exit": 3, "signal": "", "stack": [], "bytes": 1}


@dataclass
class DagsFolder:
    """A home in which Airflow lists `dags` and has no errors. `answers`: of the files that are read here."""

    home: Home
    dags: list[DagDetails] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str, dag_id: str) -> Path:
        path = self.home.dags / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DAG.format(dag_id))
        return path

    def add_shown(self, dag_id: str, path: Path) -> None:
        name = str(path.relative_to(self.home.dags))
        dag = DagDetails(dag_id, None, "", paused=False, backfillable=False, file=str(path), relative_file=name)
        self.dags.append(dag)

    def run(self) -> list[Step]:
        """Without those in progress."""
        api = SimpleNamespace(dags=lambda: self.dags, import_errors=list, reparse_file=lambda token: None)
        airflow = FakeFileReader(self.home, self.answers)
        platform = SimpleNamespace(home=self.home, api=api, airflow=airflow, dags_folders=[])
        steps = reparse.run(cast(Platform, platform), restart=False, clock=FakeClock())
        return [step for step in steps if step.state != StepState.RUNNING]


@pytest.fixture
def folder(tmp_path: Path) -> DagsFolder:
    return DagsFolder(Home(tmp_path))


def test_new_dag_file_is_waited_for_unless_airflow_ignores_it(folder: DagsFolder) -> None:
    folder.write("draft.py", "x")
    (last,) = folder.run()
    assert isinstance(last.error, TimedOut) and "draft.py" in last.error.message
    assert reparse.STALLED < last.seconds < reparse.STALLED + 1
    (folder.home.dags / ".airflowignore").write_text("draft.py\n")
    (done,) = folder.run()
    assert (done.state, done.detail) == ("changed", "0 DAG files, no import errors")


def test_file_that_ends_its_process_is_named_within_seconds(folder: DagsFolder) -> None:
    folder.write("bad.py", "x")
    folder.answers["bad.py"] = ENDED
    (last,) = folder.run()
    assert last.error and last.error.code == "import-error" and "bad.py" in last.error.message
    assert reparse.SLOW < last.seconds < reparse.SLOW + 1


def test_broken_member_of_a_zip_file_is_named(folder: DagsFolder) -> None:
    folder.home.dags.mkdir(parents=True)
    pack = write_zip(folder.home.dags / "pack.zip", good=DAG.format("x"), bad=DAG.format("y"))
    folder.answers["pack.zip"] = {"dag_ids": [], "errors": {f"{pack}/bad.py": "ImportError: no"}, "seconds": 0.1}
    (last,) = folder.run()
    assert last.error and last.error.message == "Airflow still cannot import 1 DAG file: pack.zip/bad.py."


def test_two_files_with_one_dag_are_named_at_once(folder: DagsFolder) -> None:
    folder.add_shown("x", folder.write("a/first.py", "x"))
    folder.write("b/second.py", "x")
    duplicate, last = folder.run()
    assert duplicate.error and duplicate.error.code == "duplicate-dag"
    assert duplicate.error.message.startswith("a/first.py and b/second.py define the same DAG, x")
    assert last.state in ("failed", "changed") and "second.py" not in str(last.error)


def test_files_that_airflow_will_not_list_are_not_waited_for(folder: DagsFolder) -> None:
    """One whose DAG has an id that another file computes, and one that defines no DAG any more."""
    folder.add_shown("computed", folder.write("first.py", "x"))
    (folder.home.dags / "first.py").write_text("from airflow.sdk import DAG\nx = DAG('comp' + suffix)\n")
    folder.write("second.py", "computed")
    folder.answers |= {"first.py": {"dag_ids": [], "errors": {}, "seconds": 0.1}}
    folder.answers |= {"second.py": {"dag_ids": ["computed"], "errors": {}, "seconds": 0.1}}
    (last,) = folder.run()
    assert last.state == "changed" and last.seconds < reparse.SLOW + 1


@pytest.mark.parametrize("code", ["reached-twice", "zip-file"])
def test_what_stops_all_reading_fails_at_once_with_its_remedy(folder: DagsFolder, code: str) -> None:
    folder.write("pkg/d.py", "x")
    if code == "zip-file":
        encrypt(write_zip(folder.home.dags / "pkg" / "locked.zip", d="x = 1"))
    else:
        (folder.home.dags / "pkg" / "up").symlink_to("..")
    (last,) = folder.run()
    assert last.error and last.error.code == code
    assert last.error.hint.line.startswith("rm " if code == "reached-twice" else "echo locked.zip >> ")
