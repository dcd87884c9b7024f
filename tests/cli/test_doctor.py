import json
from pathlib import Path

from tests.conftest import run_cli, screen

ENTRY = {"name", "verdict", "message", "hint", "fixable", "fixed"}


def test_without_a_home_it_says_so_and_what_it_could_not_look_at(tmp_path: Path) -> None:
    home = tmp_path / "none"
    ran = run_cli("--home", home, "doctor", "--only", "home", "--only", "keys", "--only", "schema")
    assert ran.code == 1
    assert ran.out == screen(f"""
        error    home: there is no platform in {home}.
                 Everything of the platform stands there, under one account.
                 hint: mlopsctl --home {home} setup
        skipped  keys, schema: there is no platform in {home}
        """)
    assert ran.err.startswith("3 checks: 1 error, 2 skipped  ")
    assert list(tmp_path.iterdir()) == []


def test_the_json_has_an_entry_for_each_finding(tmp_path: Path) -> None:
    ran = run_cli("--home", tmp_path / "none", "doctor", "--only", "home", "--only", "socket-path", "--json")
    answer = json.loads(ran.out)
    assert (ran.code, answer["command"], answer["status"]) == (1, "doctor", "error")
    message, hint = f"there is no platform in {tmp_path}/none.", f"mlopsctl --home {tmp_path}/none setup"
    entry = {"name": "home", "verdict": "error", "message": message, "hint": hint, "fixable": False, "fixed": False}
    assert entry in answer["data"]["checks"] and all(set(entry) == ENTRY for entry in answer["data"]["checks"])
    assert {"code": "home", "message": message, "hint": hint, "hint_command": ["setup"]} in answer["errors"]


def test_a_config_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("api_port = \n", encoding="utf-8")
    ran = run_cli("--home", tmp_path, "doctor", "--only", "configuration", "--json")
    checks = {entry["name"]: entry for entry in json.loads(ran.out)["data"]["checks"]}
    assert ran.code == 1
    assert checks["settings"]["message"].startswith(f"{tmp_path}/config.toml cannot be read: Invalid value")
    assert checks["airflow-cfg"]["message"] == "config.toml cannot be read"


def test_all_is_well(tmp_path: Path) -> None:
    ran = run_cli("--home", tmp_path, "doctor", "--only", "time-zone")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("1 check: all is well  ")


def test_the_list_has_a_table_for_each_group() -> None:
    ran = run_cli("doctor", "--list-checks", "--only", "secrets", "--only", "ports")
    assert ran.code == 0
    assert [line.rstrip() for line in ran.out.splitlines()] == screen("""
        CONFIGURATION  --fix  WHY IT MATTERS
        secrets        yes    A key that is made anew cannot read what the old one
                              wrote.

        SERVICES  --fix  WHY IT MATTERS
        ports            A service cannot start while another program holds its port.

        """).splitlines()
    (first, _) = json.loads(run_cli("doctor", "--list-checks", "--only", "secrets", "--only", "ports", "--json").out)[
        "data"
    ]["checks"]
    assert set(first) == {"name", "group", "why", "fixable"}


def test_what_is_safe_is_mended_and_what_could_not_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").touch()
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o755)
    (secrets / "jwt-secret").write_text("x" * 64, encoding="utf-8")
    (secrets / "jwt-secret").chmod(0o644)
    words = ("--home", tmp_path, "doctor", "--only", "secret-files")
    found = run_cli(*words)
    assert (found.code, found.out) == (
        1,
        screen(f"""
        error    secret-files: {secrets} can be entered by others (0755).
                 Whoever reads them is the administrator of the platform.
                 hint: mlopsctl --home {tmp_path} doctor --fix --only secret-files
        error    secret-files: {secrets}/jwt-secret can be read by others (0644).
                 hint: mlopsctl --home {tmp_path} doctor --fix --only secret-files
        """),
    )
    assert found.err.endswith(f"2 of 2 can be mended: mlopsctl --home {tmp_path} doctor --fix\n")
    mended = run_cli(*words, "--fix")
    assert (mended.code, mended.out) == (
        0,
        screen(f"""
        fixed    secret-files: {secrets} can be entered by others (0755).
        fixed    secret-files: {secrets}/jwt-secret can be read by others (0644).
        """),
    )
    assert f"changed secret-files  chmod 600 {secrets}/jwt-secret  " in mended.err
    lame = run_cli("--home", tmp_path, "doctor", "--only", "airflow-cfg", "--fix")
    assert (lame.code, lame.out) == (0, "skipped  airflow-cfg: the secret fernet-key is missing\n")
    for name in ("fernet-key", "api-secret", "postgres-airflow-password"):
        (secrets / name).write_text("x" * 43, encoding="utf-8")
    (tmp_path / "airflow").touch()  # where no folder can be made
    lame = run_cli("--home", tmp_path, "doctor", "--only", "airflow-cfg", "--fix")
    assert lame.code == 1 and lame.out.startswith("error    airflow-cfg: there is no airflow.cfg.\n")
    assert "error: airflow-cfg was not mended: FileExistsError: " in lame.err
    assert f"hint: mlopsctl --home {tmp_path} doctor --only airflow-cfg\n" in lame.err


def test_a_word_that_is_no_check() -> None:
    ran = run_cli("doctor", "--only", "port")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: there is no check or group 'port'.\nhint: mlopsctl --home ")
    assert ran.err.endswith(" doctor --only ports\n")


def test_the_help_names_every_option() -> None:
    ran = run_cli("doctor", "--help")
    assert ran.out == screen("""
        Usage: mlopsctl doctor [OPTIONS]

          Find what is wrong, say why, and give the command that mends it. Exit 1 on
          any finding.

        Options:
          --only CHECK|GROUP  These checks, or groups of them; may be repeated.
          --fix               Mend what is safe to mend, one by one, and look again.
          --list-checks       Show what is looked at, and why it matters.
          --json              Print one JSON object.
          -h, --help          Show this message and exit.

          Every option has an environment variable, such as MLOPSCTL_DOCTOR_ONLY; see
          docs/environment.md.
        """)
