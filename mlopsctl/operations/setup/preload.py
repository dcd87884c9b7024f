"""Find and try the modules that Airflow's components preload, while the metadata database is being initialised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlopsctl.core.text import plural
from mlopsctl.operations.preload import listing, update
from mlopsctl.operations.setup.request import SetupRequest


@dataclass(frozen=True)
class PreloadStep:
    request: SetupRequest
    name: str = "preload"
    needs: Sequence[str] = ("requirements", "configure", "link")

    def todo(self) -> str:
        platform = self.request.platform
        return "try the modules that DAG files import" if self._applies and update.is_outdated(platform) else ""

    @property
    def _applies(self) -> bool:
        return bool(self.request.platform.airflow.preloading)

    def do(self) -> Iterator[str]:
        yield "importing them in a child process"
        update.update(self.request.platform)

    def detail(self) -> str:
        if not self._applies:
            return "switched off" if self.request.platform.airflow.release.preload else "not for this Airflow"
        platform = self.request.platform
        made, without = listing.current(platform.home), listing.left_out(platform.home, platform.settings.preload)
        return plural(len(made.modules), "module") + (f", without {', '.join(without)}" if without else "")
