"""Faults on the real platform, each removed by the commands that mlopsctl suggests, run by a shell as printed."""

import ast
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.conftest import MLOPSCTL, LivePlatform, Result, environment
from tests.test_hint_commands import MANY, MODULES, UNKNOWN, words_of

MAX_STEPS = 3
FORGET = ("connection", "delete", "live_hint", "--yes")
ANOTHER_DAY = ("live_spare", "--date", "2023-12-03")
PLANNED = ("--unpause", "--dry-run")


def nothing(platform: LivePlatform, folder: Path) -> None:
    """The command itself is wrong."""


def stopped(*services: str) -> Callable[[LivePlatform, Path], None]:
    def stop(platform: LivePlatform, folder: Path) -> None:
        platform.json("stop", *services)

    return stop


def write_dag(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "helpers.py").write_text("")
    return folder


def link_inner_folder(platform: LivePlatform, folder: Path) -> None:
    write_dag(folder / "outer")
    platform.json("link", "add", str(write_dag(folder / "outer/live_inner")))


def put_a_file_in_the_way(platform: LivePlatform, folder: Path) -> None:
    write_dag(folder / "it's")
    (platform.home / "airflow/dags/it's").write_text("")


def write_connections(platform: LivePlatform, folder: Path) -> None:
    (folder / "all.json").write_text('{"live_hint": {"conn_type": "http", "host": "h"}}')


def fill_folder(platform: LivePlatform, folder: Path) -> None:
    (folder / "notes.txt").write_text("")


def trigger_a_day(platform: LivePlatform, folder: Path) -> None:
    platform.json("trigger", *ANOTHER_DAY, "--unpause", "--wait")


@dataclass(frozen=True)
class Fault:
    """`make` causes it, so that `words` fail with the error `code`. In `words`, `{folder}` is the test's folder. Not
    `repaired`: the hint is another command, after which this one fails as before. `undo`: removes what it has left."""

    code: str
    words: tuple[str, ...]
    make: Callable[[LivePlatform, Path], None] = nothing
    repaired: bool = True
    undo: tuple[str, ...] = ()


FAULTS = [  # those that stop services last
    Fault("run-exists", ("trigger", *ANOTHER_DAY), trigger_a_day, False),
    Fault("no-backfill", ("backfills", "watch", "live_preload"), repaired=False),
    Fault("unknown-dag", ("runs", "nowhere"), repaired=False),
    Fault("unknown-user", ("user", "delete", "nobody", "--yes"), repaired=False),
    Fault("unknown-connection", ("connection", "delete", "nowhere", "--yes"), repaired=False),
    Fault("unknown-variable", ("variable", "delete", "nowhere", "--yes"), repaired=False),
    Fault("no-type", ("connection", "set", "live_hint"), repaired=False, undo=FORGET),
    Fault("other-entries", ("variable", "import", "{folder}/all.json"), write_connections, False, FORGET),
    Fault("not-empty", ("init", "{folder}"), fill_folder, repaired=False),
    Fault("no-link", ("link", "remove", "nowhere"), repaired=False),
    Fault("linked-twice", ("link", "add", "{folder}/outer"), link_inner_folder, undo=("link", "remove", "outer")),
    Fault("real-file", ("link", "add", "{folder}/it's"), put_a_file_in_the_way, undo=("link", "remove", "it's")),
    Fault("unreachable", ("coverage", "loan_applicant_info"), stopped("mariadb")),
    Fault("mariadb-down", ("backfill", "data_extract_pipeline", "--dates", "2023-12-01", *PLANNED), stopped("mariadb")),
    Fault("running", ("doctor", "--only", "running"), stopped("mariadb")),
    Fault("api-unreachable", ("connection", "list"), stopped("api-server")),
    Fault("metadata", ("backfills", "list"), stopped("postgres")),
    Fault("database", ("db", "check"), stopped("postgres", "mariadb")),
]  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_the_suggested_commands_remove_the_fault(platform: LivePlatform, tmp_path: Path, fault: Fault) -> None:
    fault.make(platform, tmp_path)
    words = [word.format(folder=tmp_path) for word in fault.words]
    errors = platform.mlopsctl(*words, "--json").json["errors"]
    assert errors and errors[0]["code"] == fault.code, errors
    taken: list[str] = []
    while errors:  # a dry run that would be refused has them, too
        follow(errors[0]["hint"], tmp_path, taken)
        errors = platform.mlopsctl(*words, "--json").json["errors"] if fault.repaired else []
    if fault.undo:
        platform.json(*fault.undo)


def follow(hint: str, folder: Path, taken: list[str]) -> None:
    """Run a hint, and the hints of commands that fail."""
    assert hint not in taken and len(taken) < MAX_STEPS, (taken, hint)
    taken.append(hint)
    ran = shell(hint, folder)
    if "cannot ask without a terminal" in ran.err:
        ran = shell(f"{hint.partition('   #')[0]} --yes", folder)
    if ran.code:
        assert ran.code == 1 and "hint: " in ran.err, (taken, ran)
        follow(ran.err.rpartition("hint: ")[2].strip(), folder, taken)


def shell(line: str, folder: Path) -> Result:
    """As a user pastes it."""
    env = environment() | {"PATH": f"{MLOPSCTL.parent}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-c", line],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.live
def test_the_suggestions_of_the_doctor_remove_what_it_finds(platform: LivePlatform, tmp_path: Path) -> None:
    dags, config = platform.home / "airflow/dags", platform.home / "config.toml"
    (platform.home / "secrets").chmod(0o755)
    config.write_text(f"no_such_setting = 1\n{config.read_text()}")
    (dags / "live_dangling").symlink_to("/nowhere")
    (dags / "live_again").symlink_to((dags / "live_cases").resolve())
    checks = ["secret-files", "settings", "dag-links", "dag-twice"]
    words = ["doctor", *(word for check in checks for word in ("--only", check))]
    found = platform.mlopsctl(*words, "--json").json["errors"]
    assert {error["code"] for error in found} == {*checks}
    for error in found:
        follow(error["hint"], tmp_path, [])
    assert platform.json(*words)["errors"] == []
    platform.healthy()


# Codes with a command that the table does not need, and why.
ELSEWHERE = {
    "sets up, upgrades or removes a platform: test_setup.py, test_upgrade.py, test_adopt.py": (
        "not-set-up", "no-airflow", "no-constraints", "no-network", "skipped-providers", "server-too-old", "upgrade",
        "upgrade-path", "external", "half-upgraded", "no-settings", "no-secret", "no-airflow-home", "port-busy",
        "newer-metadata", "constraints-mismatch", "unknown-version", "not-a-home", "no-database", "path-characters",
    ),
    "needs a fault of the machine or of another program": (
        "disk-full", "missing-packages", "no-program", "no-rights", "path-too-long", "masked", "not-stopped",
        "service-died", "supervisor", "timeout", "timezone", "refused", "too-many-files",
    ),
    "a DAG file that does not load or is gone: test_dags.py": (
        "import-error", "dag-gone", "no-dag", "reached-twice", "left", "partitioned", "unknown-schedule", "no-interval",
        "no-task-ran", "unknown-timezone",
    ),
    "ends a backfill that the table goes on with, or names the command that repeats it: test_backfill.py": (
        "backfill-active", "stopped", "unverified", "paused",
    ),
    "takes half a minute: test_backfills.py, test_preflight.py": ("backfill-paused", "unhealthy"),
    "asks for a password": ("user-exists", "secret-shown"),
    "shows a list, and is for commands without JSON or with a model: test_trigger.py, test_models.py": (
        "no-run", "no-log", "no-page", "no-service", "service-user", "no-backfill-api", "needs-home", "ours",
        "nothing-seeded", "wrong-metrics", "wrong-schema",
    ),
    "needs workers, an object storage or a host that joins: test_workers.py, tests/operations": (
        "dag-files", "dags-too-big", "executor", "no-head", "no-worker", "not-ready", "python", "redis", "storage",
        "worker-dead", "worker-host", "workers-joined",
    ),
    "refuses to run on Airflow 2: tests/operations/helm": ("airflow-too-old",),
}  # fmt: skip


def codes_with_commands() -> Iterator[str]:
    """The codes of errors whose hint is a command without placeholders such as FILE."""
    calls = [node for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        given = {word.arg: word.value for word in call.keywords}
        code, hint = given.get("code"), given.get("hint")
        if not isinstance(code, ast.Constant) or not isinstance(hint, ast.Call) or "Hint" not in ast.unparse(hint.func):
            continue
        line = any(word.arg == "line" for word in hint.keywords)
        words = [word for arg in hint.args for word in words_of(arg)]
        known = [word for word in words if word not in (UNKNOWN, MANY)]
        if line or (words and not any(word.isupper() for word in known)):
            yield str(code.value)


def test_each_code_with_a_command_is_in_the_table_or_has_a_reason() -> None:
    reasons = [code for codes in ELSEWHERE.values() for code in codes]
    table = {fault.code for fault in FAULTS}
    assert set(codes_with_commands()) <= {*table, *reasons}
    assert not table & {*reasons} and len(set(reasons)) == len(reasons)
