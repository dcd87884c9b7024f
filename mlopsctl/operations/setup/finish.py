"""The stages around the databases and Airflow: supervisord, links, exam data, and the proof that all of it works."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlopsctl.adapters.mariadb import MariaDB
from mlopsctl.adapters.supervisor import render
from mlopsctl.errors import MlopsctlError
from mlopsctl.operations import links, seed, services
from mlopsctl.operations.setup.request import Request

PARSE_SECONDS = 60.0  # until every DAG file must have been read
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


@dataclass(frozen=True)
class Supervise:
    request: Request
    name: str = "supervisor"
    needs: Sequence[str] = ("check",)

    def todo(self) -> str:
        supervisor = self.request.platform.supervisor
        if not supervisor.running():
            return "start supervisord"
        wanted = render(self.request.platform.home, self.request.platform.programs())
        return "" if supervisor.conf.read_text(encoding="utf-8") == wanted else "services changed"

    def do(self) -> Iterator[str]:
        yield "starting supervisord"
        services.prepare(self.request.platform)

    def detail(self) -> str:
        return "supervisord runs"


@dataclass(frozen=True)
class LinkDags:
    request: Request
    name: str = "link"
    needs: Sequence[str] = ("configure",)

    def _targets(self) -> list[Path]:
        folders = map(Path, self.request.platform.settings.dags)
        return [package for folder in folders for package in links.packages(folder)]

    def todo(self) -> str:
        plan = links.plan(self.request.platform.home.dags, self._targets())
        return ", ".join(step.name for step in plan.steps if step.what)

    def do(self) -> Iterator[str]:
        dags, targets = self.request.platform.home.dags, self._targets()
        for step in links.run(links.plan(dags, targets), dags, targets):
            yield f"{step.name} {step.detail}"

    def detail(self) -> str:
        names = [link.name for link in links.read(self.request.platform.home.dags) if link.state == "ok"]
        return ", ".join(names) or "no DAGs (give --dags DIR)"


@dataclass(frozen=True)
class Seed:
    request: Request
    name: str = "seed"
    needs: Sequence[str] = ("mariadb",)

    @property
    def _range(self) -> tuple[date, date]:
        settings = self.request.platform.settings
        return date.fromisoformat(settings.seed_from), date.fromisoformat(settings.seed_to)

    @property
    def _db(self) -> MariaDB:
        return MariaDB.from_url(self.request.platform.feature_store_url())

    def todo(self) -> str:
        platform = self.request.platform
        start, end = self._range
        what = f"exam data {start} … {end}"
        if not platform.settings.external_feature_store and not platform.mariadb.ready():
            return what
        return what if seed.missing(self._db, start, end, platform.settings.seed_scale) else ""

    def do(self) -> Iterator[str]:
        for step in seed.run(self._db, *self._range, self.request.platform.settings.seed_scale):
            yield step.detail

    def detail(self) -> str:
        start, end = self._range
        return f"exam data {start} … {end}"


@dataclass(frozen=True)
class Verify:
    """Every component healthy, every DAG file read, no import error; or it says which."""

    request: Request
    name: str = "verify"
    needs: Sequence[str] = ("start", "link", "seed")

    def todo(self) -> str:
        return ""

    def do(self) -> Iterator[str]:
        yield from ()

    def detail(self) -> str:
        api = self.request.platform.api
        health = api.health()
        if sick := [c for c in COMPONENTS if health.get(c) != "healthy"]:
            raise MlopsctlError(
                f"not healthy: {', '.join(sick)}.", hint=f"mlopsctl logs {sick[0].replace('_', '-')}", code="unhealthy"
            )
        files = self._wait_for_files()
        return f"all components healthy, DAG files read: {files}, no import error"

    def _wait_for_files(self) -> int:
        expected = dag_files(self.request.platform.home.dags)
        until = time.monotonic() + PARSE_SECONDS
        while True:
            api = self.request.platform.api
            if errors := api.import_errors():
                last = errors[0].traceback.strip().rpartition("\n")[2]
                raise MlopsctlError(
                    f"{errors[0].file} cannot be imported: {last}", hint="mlopsctl dags errors", code="import-error"
                )
            unread = expected - {Path(d.file).resolve() for d in api.dags()}
            if not unread:
                return len(expected)
            if time.monotonic() > until:
                raise MlopsctlError(
                    f"no DAG was found in {', '.join(map(str, sorted(unread)))}.",
                    hint="mlopsctl logs dag-processor",
                    code="no-dag",
                )
            time.sleep(0.3)


def dag_files(folder: Path) -> set[Path]:
    """The real paths of the files below `folder`, links followed, that make a DAG."""
    found = set()
    for top in folder.iterdir():
        for path in [top] if top.is_file() else top.rglob("*.py"):
            text = path.read_text(encoding="utf-8", errors="replace") if path.suffix == ".py" else ""
            if "airflow" in text and re.search(r"@dag\b|\bDAG\(", text):
                found.add(path.resolve())
    return found
