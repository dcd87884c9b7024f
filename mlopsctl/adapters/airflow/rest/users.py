"""Airflow's users, through the routes of its FAB auth manager."""

from urllib.parse import quote

from mlopsctl.adapters.airflow.rest import records
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.model import User

USERS, ROLES = "/auth/fab/v1/users", "/auth/fab/v1/roles"


class UserCalls:
    """The part of AirflowApi that is about users."""

    http: AirflowHttp

    def users(self) -> list[User]:
        return [records.user(raw) for raw in self.http.pages(USERS, "users")]

    def roles(self) -> list[str]:
        return [raw["name"] for raw in self.http.pages(ROLES, "roles")]

    def create_user(self, username: str, role: str, email: str, password: str, name: str = "") -> None:
        """`name`: of the person; default: the username. Raises MlopsctlError: name or email taken, unknown role."""
        body = {
            "username": username,
            "email": email,
            **_person(name or username),
            "roles": [{"name": role}],
            "password": password,
        }
        self.http.send("POST", USERS, body)

    def change_user(self, username: str, *, role: str = "", email: str = "", name: str = "") -> None:
        """What is empty stays. `role`: in place of all roles. Raises MlopsctlError: email taken, unknown role."""
        body = {
            **({"email": email} if email else {}),
            **(_person(name) if name else {}),
            **({"roles": [{"name": role}]} if role else {}),
        }
        mask = {"update_mask": ",".join(body)}
        self.http.send("PATCH", f"{USERS}/{quote(username, safe='')}", body, params=mask)

    def delete_user(self, username: str) -> None:
        self.http.send("DELETE", f"{USERS}/{quote(username, safe='')}")

    def set_password(self, username: str, password: str) -> None:
        self.http.send(
            "PATCH", f"{USERS}/{quote(username, safe='')}", {"password": password}, params={"update_mask": "password"}
        )


def _person(name: str) -> dict[str, str]:
    """FAB demands a first and a last name."""
    first, _, last = name.rpartition(" ")
    return {"first_name": first or name, "last_name": last if first else "-"}
