"""The content of a platform: links to DAG packages, and exam data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.core.states import LinkState
from mlopsctl.operations.dags import links
from mlopsctl.operations.seed import generate
from mlopsctl.operations.seed.profile import SeedRequest
from mlopsctl.operations.setup.request import SetupRequest


@dataclass(frozen=True)
class LinkStep:
    request: SetupRequest
    name: str = "link"
    needs: Sequence[str] = ("configure",)

    def _targets(self) -> list[Path]:
        return [package for folder in self.request.dags_folders for package in links.dag_packages(folder)]

    def todo(self) -> str:
        plan = links.plan(self.request.platform.home.dags, self._targets())
        return ", ".join(step.name for step in plan.steps if step.what)

    def do(self) -> Iterator[str]:
        dags, targets = self.request.platform.home.dags, self._targets()
        for step in links.run(links.plan(dags, targets), dags, targets):
            yield f"{step.name} {step.detail}"

    def detail(self) -> str:
        names = [link.name for link in links.list_links(self.request.platform.home.dags) if link.state == LinkState.OK]
        linked = ", ".join(names) or "no DAGs (--dags DIR links some)"
        left_out = "; not linked, because they need Airflow 3: the pipelines of mlopsctl"
        return linked + left_out * self.request.leaves_out_our_dags


@dataclass(frozen=True)
class SeedStep:
    request: SetupRequest
    name: str = "seed"
    needs: Sequence[str] = ("mariadb",)

    @property
    def _range(self) -> tuple[date, date]:
        settings = self.request.platform.settings
        return date.fromisoformat(settings.seed_from), date.fromisoformat(settings.seed_to)

    @property
    def _seed_request(self) -> SeedRequest:
        return SeedRequest(default_scale=self.request.platform.settings.seed_scale)

    @property
    def _db(self) -> MariaDB:
        return self.request.platform.features()

    def todo(self) -> str:
        platform = self.request.platform
        has_account = platform.settings.external_feature_store or platform.mariadb.account_ready()
        if has_account and not generate.missing_days(self._db, *self._range, self._seed_request):
            return ""
        return self.detail()

    def do(self) -> Iterator[str]:
        for step in generate.run(self._db, *self._range, self._seed_request):
            yield step.detail

    def detail(self) -> str:
        start, end = self._range
        return f"exam data {start} … {end}"
