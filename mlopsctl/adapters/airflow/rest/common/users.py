"""Users and roles, through the routes of Airflow's FAB auth manager: what both versions of the API have."""

from mlopsctl.adapters.airflow.rest.common import records
from mlopsctl.adapters.airflow.rest.common.routes import Routes
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import User


class CommonUserCalls:
    http: AirflowHttp
    routes: Routes

    def users(self) -> list[User]:
        return [records.user(raw) for raw in self.http.pages(self.routes.users, "users")]

    def roles(self) -> list[str]:
        return [raw["name"] for raw in self.http.pages(self.routes.roles, "roles")]

    def create_user(self, username: str, role: str, email: str, password: str, name: str = "") -> None:
        body = {
            "username": username,
            "email": email,
            **full_name(name or username),
            "roles": [{"name": role}],
            "password": password,
        }
        self.http.send("POST", self.routes.users, body)

    def delete_user(self, username: str) -> None:
        self.http.send("DELETE", self.routes.user(username))


def full_name(name: str) -> dict[str, str]:
    """FAB requires a first and a last name."""
    first, _, last = name.rpartition(" ")
    return {"first_name": first or name, "last_name": last if first else "-"}
