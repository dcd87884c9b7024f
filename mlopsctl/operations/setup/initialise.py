"""Airflow's metadata: schema, roles, users, connections and variables, in a single start of Airflow's Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from mlopsctl.adapters.airflow.accounts import API_READER, SERVICE_USER
from mlopsctl.adapters.files import make_secret, read_secret, write
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import AIRFLOW_VERSION
from mlopsctl.operations.setup import alerts
from mlopsctl.operations.setup.request import SetupRequest, digest

GENERATED = ("service-password", "reader-password")  # set in Airflow by every initialisation


@dataclass(frozen=True)
class InitialiseStep:
    request: SetupRequest
    name: str = "initialise"
    needs: Sequence[str] = ("airflow", "postgres", "mariadb", "configure")

    @property
    def _record(self) -> Path:
        """Holds a digest of what was written; among the secrets, because the digest covers passwords."""
        return self.request.platform.home.secret("initialised")

    def _wanted(self, new_admin_password: str = "") -> dict[str, Any]:
        """The arguments of airflow_scripts/initialise.py. Without `new_admin_password`, the stored one is used if the
        admin has to be created; the password of an existing admin does not change."""
        platform = self.request.platform
        home, settings = platform.home, platform.settings
        return {
            "users": [
                _user(
                    settings.admin_user,
                    "Admin",
                    new_admin_password or read_secret(home.secret("admin-password")),
                    reset=bool(new_admin_password),
                ),
                _user(SERVICE_USER, "Admin", read_secret(home.secret("service-password"))),
                _user(API_READER, "Viewer", self._reader_password),
            ],
            "connections": {
                "feature_store": platform.feature_store_url(),
                API_READER: self._reader_url(),
                **alerts.connections(self.request),
            },
            "variables": {"AIRFLOW_DAGS_PATH": str(home.dags.resolve()), **alerts.variables(self.request)},
        }

    @property
    def _reader_password(self) -> str:
        return read_secret(self.request.platform.home.secret("reader-password"))

    def _reader_url(self) -> str:
        """For DAGs that read Airflow's REST API: tasks must not do that with the rights of an Admin."""
        scheme, _, address = self.request.platform.settings.api_url.partition("://")
        return f"{scheme}://{API_READER}:{self._reader_password}@{address}"

    def _digest(self) -> str:
        platform = self.request.platform
        wanted = self._wanted()
        for user in wanted["users"]:
            del user["reset"]
        del wanted["users"][0]["password"]  # the admin may change it
        return digest(platform.settings.airflow_version, platform.metadata_url(), wanted)

    def todo(self) -> str:
        home, external = self.request.platform.home, self.request.platform.settings.external_feature_store
        required = (*GENERATED, *(() if external else ("mariadb-mlops-password",)), self._record.name)
        if not all(home.secret(name).exists() for name in required):
            return "migrate the database, create roles, users and connections"
        stored, given = home.secret("admin-password"), self.request.admin_password
        if not stored.exists() or (given and given != read_secret(stored)):
            return "set the admin's password"
        up_to_date = self._record.read_text(encoding="utf-8").strip() == self._digest()
        return "" if up_to_date else "update users and connections"

    def do(self) -> Iterator[str]:
        home = self.request.platform.home
        for name in GENERATED:
            make_secret(home.secret(name))
        stored = home.secret("admin-password")
        new = self.request.admin_password or ("" if stored.exists() else token_urlsafe(12))
        yield "migrating the database, creating roles, users and connections"
        request = self._wanted(new) | {"new_release": not self._record.exists()}
        self._record.unlink(missing_ok=True)
        answer = self.request.platform.airflow.run_script("initialise", request)
        if revision := answer.get("unknown_revision"):
            raise self._newer_metadata(revision)
        if new:
            write(stored, new + "\n")  # after Airflow has it: the file must never hold a password that was not set
        write(self._record, self._digest() + "\n")

    def _newer_metadata(self, revision: str) -> MlopsctlError:
        settings = self.request.platform.settings
        command = "setup" if settings.external_metadata_db else "upgrade"
        return MlopsctlError(
            f"a newer Airflow than {settings.airflow_version} wrote the metadata database, which has revision "
            f"{revision}. Nothing was changed: metadata cannot be migrated back.",
            hint=Hint.of(command, "--airflow-version", AIRFLOW_VERSION, note="or use another database"),
            code="newer-metadata",
        )

    def detail(self) -> str:
        user = self.request.platform.settings.admin_user
        return f"user {user}, password in {self.request.platform.home.secret('admin-password')}"


def _user(name: str, role: str, password: str, *, reset: bool = True) -> dict[str, Any]:
    """`reset`: whether to change the password of a user that exists."""
    return {"username": name, "email": f"{name}@localhost", "role": role, "password": password, "reset": reset}
