import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran, call_cli, run_cli, screen


@pytest.fixture
def exposed(tmp_path: Path) -> Path:
    """A home whose secrets other accounts can read."""
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o755)
    (secrets / "jwt-secret").write_text("x" * 64, encoding="utf-8")
    (secrets / "jwt-secret").chmod(0o644)
    (tmp_path / "config.toml").touch()
    return tmp_path


def checks(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ran.out)["data"]["checks"]
    return found


def test_problems_are_shown_with_their_reason_and_hint(tmp_path: Path) -> None:
    """In a process of its own, as users run it."""
    home = tmp_path / "none"
    ran = run_cli("--home", home, "doctor", "--only", "home", "--only", "keys", "--only", "schema")
    assert (ran.code, ran.out) == (
        1,
        screen(f"""
        error    home: there is no platform in {home}.
                 The home contains everything that belongs to the platform.
                 hint: mlopsctl --home {home} setup
        skipped  keys, schema: there is no platform in {home}
        """),
    )
    assert ran.err.startswith("3 checks: 1 error, 2 skipped  ")
    assert list(tmp_path.iterdir()) == []


def test_reason_of_a_check_is_shown_once(exposed: Path) -> None:
    ran = call_cli("--home", exposed, "doctor", "--only", "secret-files")
    assert (ran.code, ran.out) == (
        1,
        screen(f"""
        error    secret-files: other accounts can enter {exposed}/secrets (0755).
                 Anybody who can read these files can administer the platform.
                 hint: mlopsctl --home {exposed} doctor --fix --only secret-files
        error    secret-files: other accounts can read {exposed}/secrets/jwt-secret (0644).
                 hint: mlopsctl --home {exposed} doctor --fix --only secret-files
        """),
    )
    assert ran.err.endswith(f"hint: mlopsctl --home {exposed} doctor --fix\n")


def test_json_has_an_entry_per_finding(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path / "none", "doctor", "--only", "home", "--only", "socket-path", "--json")
    answer = json.loads(ran.out)
    assert (ran.code, answer["command"], answer["status"]) == (1, "doctor", "error")
    assert all(set(entry) == {"name", "verdict", "message", "hint", "fixable", "fixed"} for entry in checks(ran))
    entry = next(entry for entry in checks(ran) if entry["name"] == "home")
    hint = f"mlopsctl --home {tmp_path}/none setup"
    assert (entry["verdict"], entry["hint"], entry["fixable"], entry["fixed"]) == ("error", hint, False, False)
    error = {"code": "home", "message": entry["message"], "hint": hint, "hint_command": ["setup"]}
    assert error in answer["errors"]


def test_invalid_config_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("api_port = \n", encoding="utf-8")
    ran = call_cli("--home", tmp_path, "doctor", "--only", "configuration", "--json")
    verdicts = {entry["name"]: entry["verdict"] for entry in checks(ran)}
    assert (ran.code, verdicts["settings"], verdicts["airflow-cfg"]) == (1, "error", "skipped")


def test_config_that_is_a_folder_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    ran = call_cli("--home", tmp_path, "doctor", "--only", "settings", "--json")
    (entry,) = checks(ran)
    assert (ran.code, entry["verdict"], entry["hint"]) == (1, "error", f"ls -l {tmp_path}/config.toml")


def test_without_problems_only_the_summary_is_shown(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path, "doctor", "--only", "time-zone")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("1 check: no problems found  ")


def test_verbose_output_names_checks_that_are_ok(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path, "-v", "doctor", "--only", "time-zone")
    assert (ran.code, ran.out) == (0, "ok       time-zone\n")


def test_list_of_checks_has_a_table_per_group() -> None:
    words = ("doctor", "--list-checks", "--only", "secrets", "--only", "ports")
    ran = call_cli(*words)
    assert ran.code == 0
    assert [line.rstrip() for line in ran.out.splitlines()] == screen("""
        CONFIGURATION  --fix  WHY IT MATTERS
        secrets        yes    A new key cannot read what a lost key has encrypted.

        SERVICES  --fix  WHY IT MATTERS
        ports            A service cannot start while another program uses its port.

        """).splitlines()
    entries = checks(call_cli(*words, "--json"))
    assert [set(entry) for entry in entries] == [{"name", "group", "why", "fixable"}] * 2
    assert [(entry["name"], entry["group"], entry["fixable"]) for entry in entries] == [
        ("secrets", "configuration", True),
        ("ports", "services", False),
    ]


def test_fix_shows_its_steps_and_what_was_fixed(exposed: Path) -> None:
    ran = call_cli("--home", exposed, "doctor", "--only", "secret-files", "--fix")
    assert (ran.code, ran.out) == (
        0,
        screen(f"""
        fixed    secret-files: other accounts can enter {exposed}/secrets (0755).
        fixed    secret-files: other accounts can read {exposed}/secrets/jwt-secret (0644).
        """),
    )
    assert f"changed secret-files  chmod 600 {exposed}/secrets/jwt-secret  " in ran.err
    assert (exposed / "secrets").stat().st_mode & 0o777 == 0o700


def test_fix_with_nothing_to_fix_is_a_success(exposed: Path) -> None:
    ran = call_cli("--home", exposed, "doctor", "--only", "airflow-cfg", "--fix")
    assert (ran.code, ran.out) == (0, "skipped  airflow-cfg: the secret fernet-key is missing\n")


def test_fix_that_fails_is_an_error(exposed: Path) -> None:
    for name in ("fernet-key", "api-secret", "postgres-airflow-password"):
        (exposed / "secrets" / name).write_text("x" * 43, encoding="utf-8")
    (exposed / "airflow").touch()  # so that no folder can be created there
    ran = call_cli("--home", exposed, "doctor", "--only", "airflow-cfg", "--fix")
    assert ran.code == 1 and ran.out.startswith("error    airflow-cfg: ")
    assert "error: airflow-cfg was not fixed: FileExistsError: " in ran.err
    assert f"hint: mlopsctl --home {exposed} doctor --only airflow-cfg\n" in ran.err


def test_unknown_check_is_a_usage_error() -> None:
    ran = call_cli("doctor", "--only", "port")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ") and ran.err.endswith(" doctor --only ports\n")


def test_help_names_every_option() -> None:
    assert call_cli("doctor", "--help").out == screen("""
        Usage: mlopsctl doctor [OPTIONS]

          Find problems and show how to solve them. Exits with 1 if there are any.

        Options:
          --only CHECK|GROUP  Run only this check or group; may be repeated.
          --fix               Fix what is safe to fix, then check again.
          --list-checks       List the checks and why they matter, and exit.
          --json              Print one JSON object.
          -h, --help          Show this message and exit.

          Every option has an environment variable, such as MLOPSCTL_DOCTOR_ONLY; see
          docs/environment.md.
        """)
