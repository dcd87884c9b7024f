"""Whether a machine reaches a storage."""

from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import AirflowPrograms
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.storage import reach


def test_a_folder_that_can_be_written_to(tmp_path: Path) -> None:
    reach.check_folder(f"file://{tmp_path}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["missing", "file", "file/below"])
def test_what_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MlopsctlError, match="does not exist") as caught:
        reach.check_folder(f"file://{tmp_path / name}")
    assert caught.value.hint.line == f"mkdir -p {tmp_path / name}"


def test_a_folder_that_cannot_be_written_to() -> None:
    with pytest.raises(MlopsctlError, match="cannot write to the storage /proc: "):
        reach.check_folder("file:///proc")


def test_another_folder_with_the_same_path_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match=r"is not the storage of 10\.0\.0\.1:8443"):
        reach.check_same_folder(f"file://{tmp_path}", "10.0.0.1:8443")
    reach.mark(tmp_path)
    reach.check_same_folder(f"file://{tmp_path}", "10.0.0.1:8443")
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"xcom", "models", "data"}


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("s3://c@b/p", ("connection", "set", "c", "--type", "aws", "--login", "KEY-ID")),
        ("s3://b/p", ("setup", "--storage", "s3://CONNECTION@b/p")),
    ],
)
def test_an_object_storage_that_refuses(url: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def answer(_: AirflowPrograms, name: str, request: Any) -> dict[str, str]:
        asked.append((name, request))
        return {"failure": "NoCredentialsError: Unable to locate credentials"}

    monkeypatch.setattr(AirflowPrograms, "run_script", answer)
    with pytest.raises(MlopsctlError, match="Unable to locate credentials") as caught:
        reach.check_object_storage(AirflowPrograms(Home(Path("/h"))), url)
    assert asked == [("storage", {"check": url})]
    assert caught.value.hint.command == command
