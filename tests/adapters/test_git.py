from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("https://git.example.com/a/b.git", "https://git.example.com/a/b.git"),
        ("https://token@git.example.com:8443/a/b.git", "https://git.example.com:8443/a/b.git"),
        ("https://me:token@git.example.com/a/b.git", "https://git.example.com/a/b.git"),
        ("ssh://git@git.example.com/a/b.git", "ssh://git@git.example.com/a/b.git"),
        ("ssh://git:token@git.example.com/a/b.git", "ssh://git@git.example.com/a/b.git"),
        ("git@git.example.com:a/b.git", "git@git.example.com:a/b.git"),
    ],
)
def test_the_origin_of_a_folder_is_named_without_a_password(tmp_path: Path, origin: str, url: str) -> None:
    (tmp_path / "etl" / "dags").mkdir(parents=True)
    process.run(("git", "-C", tmp_path, "init", "-q", "-b", "prod"))
    process.run(("git", "-C", tmp_path, "remote", "add", "origin", origin))
    assert git.checkout(tmp_path / "etl" / "dags") == git.Checkout(url, "prod", "etl/dags")
    assert git.checkout(tmp_path) == git.Checkout(url, "prod", "")


@pytest.mark.parametrize("origin", ["", "/srv/git/b.git", "file:///srv/git/b.git", "../b"])
def test_an_origin_that_no_other_machine_reaches_is_none(tmp_path: Path, origin: str) -> None:
    assert git.checkout(tmp_path) is None
    process.run(("git", "-C", tmp_path, "init", "-q"))
    if origin:
        process.run(("git", "-C", tmp_path, "remote", "add", "origin", origin))
    assert git.checkout(tmp_path) is None
    assert git.checkout(tmp_path / "missing") is None
