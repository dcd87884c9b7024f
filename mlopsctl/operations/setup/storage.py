"""Move the files that tasks hand to each other to another place: from the home to a storage, or back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.adapters import config_file
from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.adapters.files import write
from mlopsctl.core import storage
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.operations.backfill.lock import check_idle
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.storage import reach
from mlopsctl.operations.workers.registry import Registry


def current(home: Home) -> str:
    """Where the files are: the URL of a storage; empty for the home."""
    record = home.storage_record
    return record.read_text(encoding="utf-8").strip() if record.exists() else ""


def check(request: SetupRequest) -> None:
    """Raises MlopsctlError if the storage cannot be this one now."""
    platform, wanted = request.platform, request.platform.settings.storage
    if wanted and not platform.airflow.release.storage:
        series = ", ".join(release.series for release in RELEASES if release.storage)
        raise MlopsctlError(
            f"a storage was not tried with Airflow {platform.settings.airflow_version}; it was with {series}.",
            hint=Hint.of("setup", "--storage", ""),
            code="storage",
        )
    folder = storage.folder(wanted) if wanted else None
    if folder and folder.resolve().is_relative_to(platform.home.root.resolve()):
        hint = Hint.of("setup", "--storage", "file:///mnt/shared")
        raise MlopsctlError(f"{folder} is in the home, which no other host reaches.", hint=hint, code="storage")
    reach.check_folder(wanted)
    if current(platform.home) != wanted:
        _check_move(request)


def _check_move(request: SetupRequest) -> None:
    platform, connection = request.platform, storage.connection(request.platform.settings.storage)
    check_idle(platform.home)
    if connection and platform.stopped_service("postgres"):
        raise MlopsctlError(
            f"the connection {connection} is in the metadata database, which is not running.",
            hint=Hint.of("start", note="in a new home: setup without --storage, then connection set"),
            code="storage",
        )
    if joined := [worker.host for worker in Registry(platform.home).workers()]:
        raise MlopsctlError(
            f"workers learn where files are when they join, and these have joined: {', '.join(joined)}.",
            hint=Hint.of("worker", "remove", joined[0], note="and let it join again afterwards"),
            code="workers-joined",
        )


@dataclass(frozen=True)
class ReachStep:
    """Before anything uses another object storage: whether it can be written to. Installing its packages has saved the
    settings."""

    request: SetupRequest
    name: str = "reach"
    needs: Sequence[str] = ("requirements",)

    def todo(self) -> str:
        platform = self.request.platform
        is_new = platform.home.airflow_cfg.exists() and current(platform.home) != platform.settings.storage
        return "check the storage" if is_new else ""

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        yield "writing to it"
        try:
            reach.check_object_storage(platform.airflow, platform.settings.storage)
        except MlopsctlError:
            before = platform.settings.changed(storage=current(platform.home))
            config_file.save(platform.home.config, before, installed=True)
            raise

    def detail(self) -> str:
        return self.request.platform.settings.storage


@dataclass(frozen=True)
class StorageStep:
    """Copies the files, and changes the paths in the metadata, while no task is at work; see TasksStep. The files stay
    at their old place, too. The record comes last: until then, setup does it again."""

    request: SetupRequest
    name: str = "storage"
    needs: Sequence[str] = ("initialise", "requirements")

    @property
    def _wanted(self) -> str:
        return self.request.platform.settings.storage

    def todo(self) -> str:
        now = current(self.request.platform.home)
        return "" if now == self._wanted else f"copy files of tasks from {now or 'the home'} to {self.detail()}"

    def do(self) -> Iterator[str]:
        platform = self.request.platform
        if storage.is_s3(self._wanted):
            yield "checking the storage"
            reach.check_object_storage(platform.airflow, self._wanted)
        elif folder := storage.folder(self._wanted):
            reach.mark(folder)
        yield "copying files"
        before, after = (storage.locations(platform.home, url) for url in (current(platform.home), self._wanted))
        copies = [[getattr(before, name), getattr(after, name)] for name in ("xcoms", "models", "data")]
        platform.airflow.run_script(
            "storage", {"copies": copies, "xcoms": copies[0], "metadata": platform.metadata_url()}
        )
        write(platform.home.storage_record, f"{self._wanted}\n")

    def detail(self) -> str:
        return self._wanted or "the home"
