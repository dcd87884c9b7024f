"""Whether a worker host reaches the storage of its head."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.core import storage
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.storage import reach


@dataclass(frozen=True)
class StorageStep:
    """An object storage with a connection is not looked at: only tasks get connections from the head. `platform`: that
    of this host, with the settings that it has then."""

    home: Home
    platform: Callable[[], Platform]
    name: str = "storage"
    needs: Sequence[str] = ("airflow",)

    @property
    def _url(self) -> str:
        return self.platform().settings.storage

    def todo(self) -> str:
        if not self.home.membership.exists():
            return "check the storage of the head"
        to_write = self._is_writable_here() and not self.home.agent_state.exists()
        return "check the storage of the head" if to_write or self._problem() else ""

    def _is_writable_here(self) -> bool:
        """Whether it is an object storage that this machine has credentials for."""
        return storage.is_s3(self._url) and not storage.connection(self._url)

    def _problem(self) -> MlopsctlError | None:
        try:
            reach.check_folder(self._url)
            reach.check_same_folder(self._url, self.platform().settings.head)
        except MlopsctlError as e:
            return e
        return None

    def do(self) -> Iterator[str]:
        if problem := self._problem():
            raise problem
        if self._is_writable_here():
            yield "writing to it"
            reach.check_object_storage(self.platform().airflow, self._url)

    def detail(self) -> str:
        return self._url or "none: tasks that need files run on the head"
