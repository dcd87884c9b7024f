"""Airflow's users, through the routes of its FAB auth manager."""

from urllib.parse import quote

from mlopsctl.adapters import airflow_records as records
from mlopsctl.adapters.airflow_http import AirflowHttp
from mlopsctl.model import User

USERS = "/auth/fab/v1/users"


class UserCalls:
    """The part of AirflowApi that is about users."""

    http: AirflowHttp

    def users(self) -> list[User]:
        return [records.user(raw) for raw in self.http.pages(USERS, "users")]

    def create_user(self, username: str, role: str, email: str, password: str) -> None:
        """Raises MlopsctlError: name or email taken, unknown role."""
        body = {
            "username": username,
            "email": email,
            "first_name": username,
            "last_name": "-",  # FAB demands one
            "roles": [{"name": role}],
            "password": password,
        }
        self.http.send("POST", USERS, body)

    def delete_user(self, username: str) -> None:
        self.http.send("DELETE", f"{USERS}/{quote(username, safe='')}")

    def set_password(self, username: str, password: str) -> None:
        self.http.send(
            "PATCH", f"{USERS}/{quote(username, safe='')}", {"password": password}, params={"update_mask": "password"}
        )
