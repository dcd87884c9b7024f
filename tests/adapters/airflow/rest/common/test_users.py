import json
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.core.model import User
from tests.fake_api import FakeServer, api_v2

USERS = "/auth/fab/v1/users"
REQUIRED = {"username": "kim", "email": "k@x", "first_name": "Kim", "last_name": "-"}
KIM = REQUIRED | {"roles": [{"name": "Viewer"}], "active": True, "changed_on": "2024-01-01T00:00:00Z"}


def test_users_are_read_with_role_names(tmp_path: Path) -> None:
    kim = {"username": "kim", "email": "k@x", "roles": [{"name": "Viewer"}, {"name": "Op"}]}
    lee = {"username": "lee", "email": "l@x", "roles": None, "first_name": "이영희", "last_name": "-"}
    kim |= {"first_name": "Kim Min", "last_name": "Su"}
    server = FakeServer({f"GET {USERS}": (200, {"users": [kim, lee], "total_entries": 2})})
    assert api_v2(tmp_path, server).users() == [
        User("kim", "Viewer, Op", "k@x", "Kim Min Su"), User("lee", "", "l@x", "이영희"),
    ]  # fmt: skip


def test_password_is_in_the_body_and_never_in_the_url(tmp_path: Path) -> None:
    answers = {f"GET {USERS}/kim": (200, KIM), f"PATCH {USERS}/kim": (200, {}), f"POST {USERS}": (201, {})}
    server = FakeServer(answers)
    users = api_v2(tmp_path, server)
    users.set_password("kim", "hidden")
    assert server.body == REQUIRED | {"password": "hidden"}
    assert server.requests[-1].url == httpx.URL(f"http://x{USERS}/kim?update_mask=password")
    users.create_user("kim", "Viewer", "k@x", "hidden")
    assert server.body["roles"] == [{"name": "Viewer"}] and json.dumps(server.body).count("hidden") == 1


def test_taken_username_raises_fabs_reason(tmp_path: Path) -> None:
    server = FakeServer({f"POST {USERS}": (409, {"detail": "Username `kim` already exists. Use PATCH to update."})})
    with pytest.raises(RequestRejected, match="Username `kim` already exists"):
        api_v2(tmp_path, server).create_user("kim", "Viewer", "k@x", "p")


@pytest.mark.parametrize(
    ("name", "first", "last"), [("김민수", "김민수", "-"), ("Kim Min Su", "Kim Min", "Su"), ("", "kim", "-")]
)
def test_a_full_name_is_split_in_two(tmp_path: Path, name: str, first: str, last: str) -> None:
    server = FakeServer({f"POST {USERS}": (201, {})})
    api_v2(tmp_path, server).create_user("kim", "Viewer", "k@x", "p", name)
    assert (server.body["first_name"], server.body["last_name"]) == (first, last)


def test_update_names_what_changes_and_sends_what_older_releases_require(tmp_path: Path) -> None:
    server = FakeServer({f"GET {USERS}/kim": (200, KIM), f"PATCH {USERS}/kim": (200, {})})
    api_v2(tmp_path, server).update_user("kim", email="new@x")
    assert server.body == REQUIRED | {"email": "new@x"} and server.requests[-1].url.params["update_mask"] == "email"
    api_v2(tmp_path, server).update_user("kim", role="Op", name="김 민수")
    assert server.body == REQUIRED | {"first_name": "김", "last_name": "민수", "roles": [{"name": "Op"}]}
    assert server.requests[-1].url.params["update_mask"] == "first_name,last_name,roles"


@pytest.mark.parametrize(("version", "scheme"), [("3.0.6", "Basic"), ("3.1.8", "Bearer")])
def test_users_of_airflow_3_0_need_a_password(tmp_path: Path, version: str, scheme: str) -> None:
    server = FakeServer({f"GET {USERS}": (200, {"users": [], "total_entries": 0})})
    assert api_v2(tmp_path, server, version=version).users() == []
    assert server.requests[-1].headers["Authorization"].split()[0] == scheme


def test_roles_are_read_by_name(tmp_path: Path) -> None:
    roles = {"roles": [{"name": "Admin", "actions": []}, {"name": "Op", "actions": []}], "total_entries": 2}
    assert api_v2(tmp_path, FakeServer({"GET /auth/fab/v1/roles": (200, roles)})).roles() == ["Admin", "Op"]
