"""A class roster on the real Airflow: created users can log in, and a second import changes nothing."""

import csv
import stat
from pathlib import Path

import httpx
import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

ROSTER = """username,name,email,role
live_kim,김 민수,kim@live.test,Op
이영희,이영희,,
live_kim,twice,other@live.test,Op
live_boss,Boss,boss@live.test,Boss
admin,Admin,,Viewer
"""


def test_a_roster_is_imported_and_updated(platform: LivePlatform, tmp_path: Path) -> None:
    file, passwords = tmp_path / "명단.csv", tmp_path / "passwords.csv"
    file.write_bytes(ROSTER.encode("cp949"))
    words = ("user", "import", str(file), "--passwords", str(passwords), "--json")
    try:
        dry = platform.mlopsctl(*words, "--dry-run").json
        assert dry["status"] == "planned" and not passwords.exists()
        first = platform.mlopsctl(*words)
        assert first.code == 1 and [e["code"] for e in first.json["errors"]] == ["wrong-line"] * 3
        states = {step["name"]: step["state"] for step in first.json["data"]["steps"]}
        assert states == {
            "live_kim": "changed", "이영희": "changed", "line 4": "failed", "line 5": "failed", "line 6": "failed",
        }  # fmt: skip
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
        written = passwords.read_text(encoding="utf-8")
        url = platform.json("status")["data"]["api_url"]
        for row in csv.DictReader(written.splitlines()):
            login = {"username": row["username"], "password": row["password"]}
            assert httpx.post(f"{url}/auth/token", json=login, timeout=30).status_code == 201

        file.write_text("username,role\nlive_kim,Viewer\n이영희,\n")
        again = platform.mlopsctl(*words)
        assert [(s["state"], s["detail"]) for s in again.json["data"]["steps"]] == [
            ("changed", "role Op → Viewer"), ("ok", "unchanged"),
        ]  # fmt: skip
        assert (again.code, passwords.read_text(encoding="utf-8")) == (0, written)
        users = {u["username"]: (u["role"], u["email"]) for u in platform.json("user", "list")["data"]["users"]}
        assert users["live_kim"] == ("Viewer", "kim@live.test") and users["이영희"] == ("User", "이영희@localhost")
        assert users["admin"][0] == "Admin" and "live_boss" not in users
    finally:
        for name in ("live_kim", "이영희"):
            platform.mlopsctl("user", "delete", name, "--yes")
