import json
from pathlib import Path

import httpx
import pytest

from mlopsctl.adapters.airflow.rest.http import Refused
from mlopsctl.core.model import User
from tests.adapters.airflow.rest.test_client import Airflow, api

USERS = "/auth/fab/v1/users"


def test_users_have_their_roles_by_name(tmp_path: Path) -> None:
    kim = {"username": "kim", "email": "k@x", "roles": [{"name": "Viewer"}, {"name": "Op"}]}
    lee = {"username": "lee", "email": "l@x", "roles": None, "first_name": "이영희", "last_name": "-"}
    kim |= {"first_name": "Kim Min", "last_name": "Su"}
    airflow = Airflow({f"GET {USERS}": (200, {"users": [kim, lee], "total_entries": 2})})
    assert api(tmp_path, airflow).users() == [
        User("kim", "Viewer, Op", "k@x", "Kim Min Su"), User("lee", "", "l@x", "이영희"),
    ]  # fmt: skip


def test_a_password_goes_by_body_never_by_address(tmp_path: Path) -> None:
    airflow = Airflow({f"PATCH {USERS}/kim": (200, {}), f"POST {USERS}": (201, {})})
    users = api(tmp_path, airflow)
    users.set_password("kim", "hidden")
    assert airflow.body == {"password": "hidden"}
    assert airflow.requests[-1].url == httpx.URL(f"http://x{USERS}/kim?update_mask=password")
    users.create_user("kim", "Viewer", "k@x", "hidden")
    assert airflow.body["roles"] == [{"name": "Viewer"}] and json.dumps(airflow.body).count("hidden") == 1


def test_a_user_who_is_taken_is_refused_in_fabs_words(tmp_path: Path) -> None:
    airflow = Airflow({f"POST {USERS}": (409, {"detail": "Username `kim` already exists. Use PATCH to update."})})
    with pytest.raises(Refused, match="Username `kim` already exists"):
        api(tmp_path, airflow).create_user("kim", "Viewer", "k@x", "p")


@pytest.mark.parametrize(
    ("name", "first", "last"), [("김민수", "김민수", "-"), ("Kim Min Su", "Kim Min", "Su"), ("", "kim", "-")]
)
def test_a_person_has_the_two_names_that_fab_demands(tmp_path: Path, name: str, first: str, last: str) -> None:
    airflow = Airflow({f"POST {USERS}": (201, {})})
    api(tmp_path, airflow).create_user("kim", "Viewer", "k@x", "p", name)
    assert (airflow.body["first_name"], airflow.body["last_name"]) == (first, last)


def test_a_change_leaves_what_is_not_named(tmp_path: Path) -> None:
    airflow = Airflow({f"PATCH {USERS}/kim": (200, {})})
    api(tmp_path, airflow).change_user("kim", email="k@x")
    assert airflow.body == {"email": "k@x"} and airflow.requests[-1].url.params["update_mask"] == "email"
    api(tmp_path, airflow).change_user("kim", role="Op", name="김 민수")
    assert airflow.body == {"first_name": "김", "last_name": "민수", "roles": [{"name": "Op"}]}
    assert airflow.requests[-1].url.params["update_mask"] == "first_name,last_name,roles"


def test_roles_are_known_by_name(tmp_path: Path) -> None:
    roles = {"roles": [{"name": "Admin", "actions": []}, {"name": "Op", "actions": []}], "total_entries": 2}
    assert api(tmp_path, Airflow({"GET /auth/fab/v1/roles": (200, roles)})).roles() == ["Admin", "Op"]
