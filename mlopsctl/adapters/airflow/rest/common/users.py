"""Users and roles, through the API of Airflow's FAB auth manager."""

from typing import Any

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.errors import NotJson
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import User

# Up to Airflow 3.0, a change is rejected without them. Only the fields in `update_mask` change.
REQUIRED = ("username", "email", "first_name", "last_name")


class UserCalls:
    http: AirflowHttp
    routes: Routes

    @property
    def users_http(self) -> AirflowHttp:
        """The client that the API of users accepts."""
        return self.http

    def users(self) -> list[User]:
        """Raises MlopsctlError `no-user-api` if another auth manager than FAB is in use."""
        try:
            return [records.user(raw) for raw in self.users_http.pages(self.routes.users, "users")]
        except NotJson as e:
            raise MlopsctlError(
                f"{self.users_http.base_url} has no API for users: its auth manager is not FAB's.",
                hint="manage its users where its auth manager has them",
                code="no-user-api",
            ) from e

    def roles(self) -> list[str]:
        return [raw["name"] for raw in self.users_http.pages(self.routes.roles, "roles")]

    def create_user(self, username: str, role: str, email: str, password: str, name: str = "") -> None:
        body = {
            "username": username,
            "email": email,
            **_full_name(name or username),
            "roles": [{"name": role}],
            "password": password,
        }
        self.users_http.send("POST", self.routes.users, body)

    def update_user(self, username: str, *, role: str = "", email: str = "", name: str = "") -> None:
        self._update_user(
            username,
            {
                **({"email": email} if email else {}),
                **(_full_name(name) if name else {}),
                **({"roles": [{"name": role}]} if role else {}),
            },
        )

    def set_password(self, username: str, password: str) -> None:
        self._update_user(username, {"password": password})

    def _update_user(self, username: str, changes: dict[str, Any]) -> None:
        path = self.routes.user(username)
        known = self.users_http.get(path)
        body = {field: known[field] for field in REQUIRED} | changes
        self.users_http.send("PATCH", path, body, params={"update_mask": ",".join(changes)})

    def delete_user(self, username: str) -> None:
        self.users_http.send("DELETE", self.routes.user(username))


def _full_name(name: str) -> dict[str, str]:
    """FAB requires a first and a last name."""
    first, _, last = name.rpartition(" ")
    return {"first_name": first or name, "last_name": last if first else "-"}
