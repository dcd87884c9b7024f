"""Writes airflow.cfg, whose options are in adapters/airflow/config.py, and the plugin of the managed Airflow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsctl.adapters.airflow import config
from mlopsctl.adapters.airflow.plugin import has_plugin, write_plugin
from mlopsctl.adapters.files import make_secret, write_if_changed
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.request import SetupRequest
from mlopsctl.operations.workers import head

KEY_BYTES = {"fernet-key": 32, "jwt-secret": 48, "api-secret": 48}  # the secrets that are generated here


def render(platform: Platform) -> str:
    """The text of airflow.cfg. Raises MlopsctlError if a secret is missing."""
    celery = head.celery_options(platform, with_hosts=not platform.airflow.follows_slots)
    return config.render(platform.home, platform.settings, platform.metadata_url(), celery)


def _dags_on_path(home: Home) -> Path:
    """A link to the DAGs folder. Airflow has the folder `config` on the Python path of all components, but the DAGs
    folder only where it reads DAGs: without the link, a deadline callback in the triggerer could not import a DAG's
    modules."""
    return home.airflow / "config"


def _has_text(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


@dataclass(frozen=True)
class ConfigureStep:
    request: SetupRequest
    name: str = "configure"

    @property
    def needs(self) -> Sequence[str]:
        """The steps that generate passwords; and those before another executor or storage."""
        return ("postgres", "redis", *self.request.before_services)

    def todo(self) -> str:
        home = self.request.platform.home
        if outdated := self._outdated():
            verb = "rewrite" if home.airflow_cfg.exists() else "write"
            return f"{verb} {', '.join(path.name for path in outdated)}"
        return "" if _dags_on_path(home).exists() else "link the DAGs folder"

    def is_outdated(self) -> bool:
        """Whether airflow.cfg or the plugin is missing, or differs from what it should contain."""
        return bool(self._outdated())

    def _outdated(self) -> list[Path]:
        home, cfg = self.request.platform.home, self.request.platform.home.airflow_cfg
        platform = self.request.platform
        no_broker = platform.settings.has_workers and not platform.redis.conf.exists()
        if not cfg.exists() or no_broker:  # its secrets may be missing too
            return [cfg]
        outdated = [] if _has_text(cfg, render(self.request.platform)) else [cfg]
        return outdated if has_plugin(home) else [*outdated, home.airflow_plugin]

    def do(self) -> Iterator[str]:
        home = self.request.platform.home
        yield "writing airflow.cfg"
        if not home.airflow_cfg.exists():
            for name, bytes_ in KEY_BYTES.items():
                make_secret(home.secret(name), bytes_)
        for folder in (home.dags, home.airflow / "xcom"):
            folder.mkdir(parents=True, exist_ok=True)
        if not _dags_on_path(home).exists():
            _dags_on_path(home).symlink_to(home.dags)
        write_plugin(home)
        write_if_changed(home.airflow_cfg, render(self.request.platform))

    def detail(self) -> str:
        return str(self.request.platform.home.airflow_cfg)
