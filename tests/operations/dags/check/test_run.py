"""Which files are checked, and the order of the findings."""

import os
import zipfile
from pathlib import Path

import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.operations.dags.check.run import check

BROKEN = "def broken(:\n"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


def rules(*paths: Path) -> list[tuple[str, str]]:
    return [(finding.file.name, finding.rule) for finding in check(paths)]


def test_findings_are_sorted_by_file(tmp_path: Path) -> None:
    write(tmp_path, b=BROKEN, a=BROKEN, fine="x = 1\n")
    assert rules(tmp_path) == [("a.py", "syntax"), ("b.py", "syntax")]


def test_a_file_that_two_paths_reach_is_checked_once(tmp_path: Path) -> None:
    write(tmp_path, a=BROKEN)
    assert rules(tmp_path, tmp_path / "a.py") == [("a.py", "syntax")]


def test_ignored_files_are_left_out_unless_given(tmp_path: Path) -> None:
    write(tmp_path, a=BROKEN)
    (tmp_path / ".airflowignore").write_text("a.py\n", encoding="utf-8")
    assert rules(tmp_path) == []
    assert rules(tmp_path / "a.py") == [("a.py", "syntax")]


@pytest.mark.parametrize("folder", [".git", "node_modules", "site-packages"])
def test_code_of_others_in_a_repository_is_left_out(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    write(tmp_path / folder, a=BROKEN)
    assert rules(tmp_path) == []


def test_members_of_zip_files_are_checked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("good.py", "x = 1\n")
        archive.writestr("bad.py", BROKEN)
    assert [(f.file, f.rule) for f in check([tmp_path])] == [(tmp_path / "pack.zip" / "bad.py", "syntax")]


def test_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        check([tmp_path / "none"])


def test_links_at_which_airflow_stops(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "gone").symlink_to("nowhere")
    assert rules(tmp_path) == [("gone", "links"), ("up", "links")]


def test_nothing_is_executed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    write(tmp_path, a=f"import os\nos.remove({str(victim)!r})\n")
    assert rules(tmp_path) == []
    assert victim.exists()


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", ["AIR301", "AIR311"]),
        ("# noqa", []),
        ("# noqa: AIR301", ["AIR311"]),
        ("# noqa: AIR311, AIR301  # old", []),
        ("# noqa: AIR312", ["AIR301", "AIR311"]),
    ],
)
def test_noqa_hides_the_findings_of_its_line(tmp_path: Path, comment: str, expected: list[str]) -> None:
    write(tmp_path, a=f"import airflow\nairflow.DAG('a', schedule_interval=None)  {comment}\n")
    assert sorted(rule for _, rule in rules(tmp_path)) == expected


def test_long_chain_of_operators(tmp_path: Path) -> None:
    write(tmp_path, a=f"x = {' + '.join(['a'] * 900)}\n{' >> '.join(['a'] * 900)}\n")
    assert rules(tmp_path) == []


def test_named_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert rules(tmp_path) == []
