"""Users and roles, through the routes of Airflow's FAB auth manager."""

from mlopsctl.adapters.airflow.rest.common.users import CommonUserCalls, full_name


class UserCalls(CommonUserCalls):
    def update_user(self, username: str, *, role: str = "", email: str = "", name: str = "") -> None:
        body = {
            **({"email": email} if email else {}),
            **(full_name(name) if name else {}),
            **({"roles": [{"name": role}]} if role else {}),
        }
        self.http.send("PATCH", self.routes.user(username), body, params={"update_mask": ",".join(body)})

    def set_password(self, username: str, password: str) -> None:
        self.http.send("PATCH", self.routes.user(username), {"password": password}, params={"update_mask": "password"})
