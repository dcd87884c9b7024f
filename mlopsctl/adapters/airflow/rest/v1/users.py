"""Users and roles. API v1 takes changes only together with the names, the username and the email."""

from typing import Any

from mlopsctl.adapters.airflow.rest.common.users import CommonUserCalls, full_name

REQUIRED = ("username", "email", "first_name", "last_name")


class UserCalls(CommonUserCalls):
    def update_user(self, username: str, *, role: str = "", email: str = "", name: str = "") -> None:
        self._update(
            username,
            {
                **({"email": email} if email else {}),
                **(full_name(name) if name else {}),
                **({"roles": [{"name": role}]} if role else {}),
            },
        )

    def set_password(self, username: str, password: str) -> None:
        self._update(username, {"password": password})

    def _update(self, username: str, changes: dict[str, Any]) -> None:
        path = self.routes.user(username)
        known = self.http.get(path)
        body = {field: known[field] for field in REQUIRED} | changes
        self.http.send("PATCH", path, body, params={"update_mask": ",".join(changes)})
