from pathlib import Path

from mlopsctl.adapters import git, process


def test_only_a_committed_and_unchanged_file_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "a file.py"
    path.write_text("x = 1\n", encoding="utf-8")
    assert not git.is_committed(path)
    process.run(("git", "-C", tmp_path, "init", "-q"))
    assert not git.is_committed(path)
    process.run(("git", "-C", tmp_path, "add", "."))
    assert not git.is_committed(path)
    process.run(("git", "-C", tmp_path, "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-qm", "x"))
    assert git.is_committed(path)
    path.write_text("x = 2\n", encoding="utf-8")
    assert not git.is_committed(path)
