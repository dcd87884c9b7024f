"""The DAG files of the head on their way to a worker host."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.workers import dag_files
from mlopsctl.operations.workers.dag_files import DagFiles, ReceivedDagFiles


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """A DAGs folder with a linked project."""
    project = tmp_path / "project"
    for name, text in {
        "daily.py": "x = 1\n",
        "sql/select.sql": "SELECT 1",
        "lib/helper.py": "y = 2\n",
        ".airflowignore": "lib/\n",
        ".git/config": "[core]",
        "lib/__pycache__/helper.pyc": "",
        ".venv/pyvenv.cfg": "",
        "env/pyvenv.cfg": "",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "project").symlink_to(project)
    return folder


@pytest.fixture
def received(tmp_path: Path) -> ReceivedDagFiles:
    return ReceivedDagFiles(tmp_path / "worker/dag-files", tmp_path / "worker/dags")


def send(dags: Path, to: ReceivedDagFiles) -> str:
    files = DagFiles(dags)
    to.take(revision := files.revision(), files.archive())
    return revision


def test_a_host_gets_what_dag_files_may_import(dags: Path, received: ReceivedDagFiles) -> None:
    revision = send(dags, received)
    assert received.revision == revision == DagFiles(received.link).revision()
    got = sorted(str(path.relative_to(received.link)) for path in received.link.rglob("*") if path.is_file())
    assert got == [f"project/{name}" for name in (".airflowignore", "daily.py", "lib/helper.py", "sql/select.sql")]
    assert not (received.link / "project").is_symlink()


def test_every_change_makes_a_new_revision(dags: Path, received: ReceivedDagFiles) -> None:
    files = DagFiles(dags)
    first, file = files.revision(), dags / "project/daily.py"
    assert files.revision() == first
    file.write_text("x = 3\n")
    os.utime(file, (1, 1))
    second = files.revision()
    file.rename(file.with_name("weekly.py"))
    third = files.revision()
    assert len({first, second, third}) == 3
    send(dags, received)
    assert (received.link / "project/weekly.py").read_text() == "x = 3\n"
    assert not (received.link / "project/daily.py").exists()


def test_the_revision_before_stays_for_tasks_that_read_it(dags: Path, received: ReceivedDagFiles) -> None:
    revisions = []
    for number in range(3):
        (dags / "project/daily.py").write_text(f"x = {10 + number}\n")
        revisions.append(send(dags, received))
    assert sorted(path.name for path in received.store.iterdir()) == sorted(revisions[1:])
    assert send(dags, received) == revisions[2], "the same once more"


def archive_of(*entries: tarfile.TarInfo) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for entry in entries:
            tar.addfile(entry, io.BytesIO(b"x" * entry.size))
    return content.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"nonsense",
        archive_of(entry("a.py"))[:-12],
        archive_of(entry("../outside.py")),
        archive_of(entry("link", tarfile.SYMTYPE, "/etc")),
        archive_of(entry("link", tarfile.LNKTYPE, "a.py")),
        archive_of(entry("device", tarfile.CHRTYPE)),
    ],
    ids=["empty", "no-archive", "cut-off", "outside", "symbolic-link", "hard-link", "device"],
)
def test_a_damaged_or_harmful_archive_changes_nothing(dags: Path, received: ReceivedDagFiles, archive: bytes) -> None:
    revision = send(dags, received)
    with pytest.raises(MlopsctlError) as caught:
        received.take("other", archive)
    assert (caught.value.code, received.revision) == ("dag-files", revision)
    assert not (received.store.parent / "outside.py").exists()


def test_a_folder_with_data_is_not_sent(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dag_files, "MAX_BYTES", 100)
    (dags / "project/model.bin").write_bytes(b"x" * 101)
    with pytest.raises(MlopsctlError, match=r"project/model\.bin") as caught:
        DagFiles(dags).revision()
    assert caught.value.code == "dags-too-big"
