"""Users and roles, through the routes of Airflow's FAB auth manager."""

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.v2 import records, routes
from mlopsctl.core.model import User


class UserCalls:
    http: AirflowHttp

    def users(self) -> list[User]:
        return [records.user(raw) for raw in self.http.pages(routes.USERS, "users")]

    def roles(self) -> list[str]:
        return [raw["name"] for raw in self.http.pages(routes.ROLES, "roles")]

    def create_user(self, username: str, role: str, email: str, password: str, name: str = "") -> None:
        body = {
            "username": username,
            "email": email,
            **_full_name(name or username),
            "roles": [{"name": role}],
            "password": password,
        }
        self.http.send("POST", routes.USERS, body)

    def update_user(self, username: str, *, role: str = "", email: str = "", name: str = "") -> None:
        body = {
            **({"email": email} if email else {}),
            **(_full_name(name) if name else {}),
            **({"roles": [{"name": role}]} if role else {}),
        }
        self.http.send("PATCH", routes.user(username), body, params={"update_mask": ",".join(body)})

    def delete_user(self, username: str) -> None:
        self.http.send("DELETE", routes.user(username))

    def set_password(self, username: str, password: str) -> None:
        self.http.send("PATCH", routes.user(username), {"password": password}, params={"update_mask": "password"})


def _full_name(name: str) -> dict[str, str]:
    """FAB requires a first and a last name."""
    first, _, last = name.rpartition(" ")
    return {"first_name": first or name, "last_name": last if first else "-"}
