"""Where pipelines keep files, and on which machines tasks that share files can run."""

from pathlib import Path

import pytest
from support import files


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.HOME, "/home/of platform")
    for name in (files.STORAGE, files.HEAD_QUEUE):
        monkeypatch.delenv(name, raising=False)


def test_without_workers_tasks_keep_their_queue() -> None:
    assert files.on_head() == files.near_files() == {}


def test_tasks_that_need_the_home_run_on_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.HEAD_QUEUE, "head")
    assert files.on_head() == files.near_files() == {"queue": "head"}


def test_with_a_storage_tasks_that_share_files_run_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.HEAD_QUEUE, "head")
    monkeypatch.setenv(files.STORAGE, "s3://bucket/prefix")
    assert files.near_files() == {}
    assert files.on_head() == {"queue": "head"}


def test_files_are_in_the_storage_or_else_in_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.shared_folder("data", "d") == Path("/home/of platform/data/d")
    monkeypatch.setenv(files.STORAGE, "file:///mnt/shared 1")
    assert files.shared_folder("data", "d") == Path("/mnt/shared 1/data/d")


def test_a_path_can_be_handed_to_another_task_as_text() -> None:
    assert files.to_path(str(files.shared_folder("x"))) == files.shared_folder("x")


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        files.write_file(tmp_path / "new" / "file", content)
        assert [(file.name, file.read_bytes()) for file in (tmp_path / "new").iterdir()] == [("file", content)]


def test_a_folder_of_this_machine_is_written_to_directly(tmp_path: Path) -> None:
    with files.local_folder(tmp_path / "data") as local:
        assert local == tmp_path / "data"


class ObjectPath:
    """A path of an object storage: it has no folders."""

    def __init__(self, content: dict[str, bytes], path: str) -> None:
        self.content, self.path, self.name = content, path, path.rpartition("/")[2]

    def joinpath(self, *names: str) -> "ObjectPath":
        return ObjectPath(self.content, "/".join((self.path, *names)))

    def write_bytes(self, content: bytes) -> None:
        self.content[self.path] = content


def test_files_for_an_object_storage_are_copied_there_at_the_end() -> None:
    content: dict[str, bytes] = {}
    with files.local_folder(ObjectPath(content, "s3://bucket/data")) as local:
        (local / "images").mkdir(parents=True)
        (local / "images" / "1.png").write_bytes(b"1")
        assert not content
    assert content == {"s3://bucket/data/images/1.png": b"1"}
    files.write_file(ObjectPath(content, "s3://bucket/model"), b"2")
    assert content["s3://bucket/model"] == b"2"
