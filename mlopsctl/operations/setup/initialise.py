"""Airflow's own database: schema, roles, users, the connection to the feature store; in one start of its Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.adapters.files import make_secret, read_secret, write
from mlopsctl.operations.setup import alerts
from mlopsctl.operations.setup.request import Request, digest

MADE = ("service-password", "reader-password")  # set anew each time


@dataclass(frozen=True)
class Initialise:
    request: Request
    name: str = "initialise"
    needs: Sequence[str] = ("airflow", "postgres", "mariadb", "configure")

    @property
    def _record(self) -> Path:
        """A digest of what was written, in the secrets because passwords went into it."""
        return self.request.platform.home.secret("initialised")

    def _wanted(self, admin_password: str = "") -> dict[str, Any]:
        """`admin_password`: a new one; empty: the one that is kept is for an admin who is missing."""
        platform = self.request.platform
        home, settings = platform.home, platform.settings
        admin = {
            "username": settings.admin_user,
            "email": f"{settings.admin_user}@localhost",
            "role": "Admin",
            "password": admin_password or read_secret(home.secret("admin-password")),
            "reset": bool(admin_password),
        }
        service = {
            "username": SERVICE_USER,
            "email": f"{SERVICE_USER}@localhost",
            "role": "Admin",
            "password": read_secret(home.secret("service-password")),
            "reset": True,
        }
        return {
            "users": [admin, service, self._reader()],
            "connections": {
                "feature_store": platform.feature_store_url(),
                API_READER: self._reader_url(),
                **alerts.connections(self.request),
            },
            "variables": {"AIRFLOW_DAGS_PATH": str(home.dags.resolve()), **alerts.variables(self.request)},
        }

    def _reader(self) -> dict[str, Any]:
        """For DAGs that read Airflow's REST API, which tasks may not do with the rights of an Admin."""
        password = read_secret(self.request.platform.home.secret("reader-password"))
        return {
            "username": API_READER,
            "email": f"{API_READER}@localhost",
            "role": "Viewer",
            "password": password,
            "reset": True,
        }

    def _reader_url(self) -> str:
        scheme, _, address = self.request.platform.settings.api_url.partition("://")
        return f"{scheme}://{API_READER}:{self._reader()['password']}@{address}"

    def _digest(self) -> str:
        platform = self.request.platform
        wanted = self._wanted()
        for user in wanted["users"]:
            del user["reset"]  # how, not what
        del wanted["users"][0]["password"]  # the admin's own affair from then on
        return digest(platform.settings.airflow_version, platform.metadata_url(), wanted)

    def todo(self) -> str:
        home, external = self.request.platform.home, self.request.platform.settings.external_feature_store
        needed = (*MADE, *(() if external else ("mariadb-mlops-password",)), self._record.name)
        if not all(home.secret(name).exists() for name in needed):
            return "migrate the database, make roles, users and connections"
        kept, given = home.secret("admin-password"), self.request.admin_password
        if not kept.exists() or (given and given != read_secret(kept)):
            return "password of the admin"
        return "" if self._record.read_text(encoding="utf-8").strip() == self._digest() else "users and connections"

    def do(self) -> Iterator[str]:
        home = self.request.platform.home
        for name in MADE:
            make_secret(home.secret(name))
        kept = home.secret("admin-password")
        new = self.request.admin_password or ("" if kept.exists() else token_urlsafe(12))
        yield "migrating the database, making roles, users and connections"
        self._record.unlink(missing_ok=True)
        self.request.platform.airflow.run_script("initialise", self._wanted(new))
        if new:
            write(kept, new + "\n")  # only now: one that was made and not set would be taken for the admin's
        write(self._record, self._digest() + "\n")

    def detail(self) -> str:
        user = self.request.platform.settings.admin_user
        return f"user {user}, password in {self.request.platform.home.secret('admin-password')}"
