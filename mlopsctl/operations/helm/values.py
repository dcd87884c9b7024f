"""The values for Airflow's official Helm chart, with which it runs what a platform runs. They are rendered from a
template with a comment for each decision; no secret is in them, only the names of Kubernetes secrets."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from mlopsctl.adapters import git
from mlopsctl.adapters.airflow import config, helm_chart
from mlopsctl.adapters.git import Checkout
from mlopsctl.core.storage import FOLDER, connection, is_s3, locations
from mlopsctl.operations.helm.secrets import commands
from mlopsctl.operations.helm.worker_sets import worker_sets
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import head

TEMPLATE = "values.yaml.jinja"
FILES = "/opt/airflow/mlopsctl"  # a folder that all pods mount


@dataclass(frozen=True)
class HelmValues:
    """`text`: the values file (YAML). `secrets`: for each Kubernetes secret, the shell line that creates it.
    `packages`: what the image has to have, with versions."""

    text: str
    secrets: Mapping[str, str]
    packages: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        import yaml

        values: dict[str, Any] = yaml.safe_load(self.text)
        return values


def read(platform: Platform) -> HelmValues:
    """Raises MlopsctlError for a release of Airflow that the chart does not accept."""
    helm_chart.check(platform.airflow.release)
    packages = tuple(f"{name}=={version}" for name, version in sorted(platform.venv.installed().items()))
    secrets = commands(platform)
    return HelmValues(_render(platform, packages, secrets), secrets, packages)


def _render(platform: Platform, packages: tuple[str, ...], secrets: Mapping[str, str]) -> str:
    from jinja2 import Environment, StrictUndefined

    celery = head.celery_options(platform, with_hosts=True)
    storage = platform.settings.storage if is_s3(platform.settings.storage) else f"{FOLDER}://{FILES}"
    xcoms = locations(platform.home, storage).xcoms
    ini = config.render_for_kubernetes(platform.home, platform.settings, celery, xcoms)
    record = platform.venv.record()
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - no HTML
    template = environment.from_string((files(__package__) / TEMPLATE).read_text(encoding="utf-8"))
    text: str = template.render(
        chart=helm_chart.VERSION,
        home=platform.home.root,
        airflow=platform.settings.airflow_version,
        python=record.python if record else "",
        executor=config.executors(celery),
        api_secret=helm_chart.api_secret(platform.airflow.release),
        has_jwt_secret=not platform.airflow.release.is_airflow2,
        workers=worker_sets(platform),
        alerts=platform.settings.alerts,
        checkout=dag_checkout(platform),
        storage=storage,
        storage_connection=connection(storage),
        files=None if is_s3(storage) else FILES,
        config=_as_yaml(ini),
        secrets=secrets,
        packages=packages,
    )
    return text + "\n"


def dag_checkout(platform: Platform) -> Checkout | None:
    """The repository of the DAGs; None if they come from more than one folder, or from none that others can clone."""
    folders = platform.dags_folders
    return git.checkout(folders[0]) if len(folders) == 1 else None


def _as_yaml(ini: str) -> str:
    """Sections, options and comments of airflow.cfg, as a mapping of mappings. All values are strings: the chart writes
    a number such as 0.3 or 86400 as it likes."""
    _, bracket, sections = ini.partition("[")
    lines = (bracket + sections).splitlines()
    return "\n".join(_line(line) for line in lines).rstrip()


def _line(line: str) -> str:
    if section := re.fullmatch(r"\[(.+)\]", line):
        return f"  {section[1]}:"
    if not line or line.startswith("#"):
        return f"    {line}".rstrip()
    name, _, value = line.partition(" = ")
    return f"    {name}: {json.dumps(value)}"
