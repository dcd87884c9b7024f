import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlopsctl import __version__
from tests.conftest import TERMINAL, Ran, run_cli, screen

COMMANDS = [sys.executable, "-m", "tests.cli.commands"]
ROOT = Path(__file__).parents[2]
MAKE_ROOM = "make room on that disk, then say the same command again"
CHOOSE = "choose a home that you may write, or change its owner: mlopsctl --home DIR setup"


def run(*words: str, **env: str) -> Ran:
    """One of the commands that are made for tests, in a process of its own."""
    done = subprocess.run(
        [*COMMANDS, *words],
        env=os.environ | TERMINAL | env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def only_object(ran: Ran) -> Any:
    """The one JSON object that stdout holds."""
    assert ran.out.count("\n") == 1
    return json.loads(ran.out)


def test_help_is_this_screen() -> None:
    assert run_cli("--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl [OPTIONS] COMMAND [ARGS]...

          The terminal operations CLI for machine-learning pipelines on Apache Airflow
          and MariaDB.

        Options:
          --home DIR            The platform's folder.  [env var: MLOPSCTL_HOME]
          -v, --verbose         Print more; -vv also logs HTTP requests and programs.
                                [env var: MLOPSCTL_VERBOSE]
          -q, --quiet           Say only what failed.  [env var: MLOPSCTL_QUIET]
          --color / --no-color  Colours and live display, or plain lines.  [env var:
                                MLOPSCTL_COLOR]
          --version             Show the version and exit.
          -h, --help            Show this message and exit.

        Commands:
          setup       Take a bare machine to a healthy, seeded platform.
          status      Show services, health, versions and addresses.
          start       Start all services, or some.
          stop        Stop all services, or some.
          restart     Restart all services, or some.
          logs        Show a service's log, or a task's.
          backfill    Make every date of a range a success.
          backfills   Show, watch, pause, resume and cancel backfills.
          trigger     Start one DAG run.
          runs        Show the runs of a DAG by date.
          seed        Fill the feature store with exam data.
          coverage    Show the rows of a table by date, and its holes.
          models      Show trained models, and choose the champion.
          dags        List DAGs, explain import errors and mend them.
          user        Create, import, list and delete Airflow users.
          connection  Show, set, import and export Airflow connections.
          variable    Show, set, import and export Airflow variables.
          link        Link DAG packages into the DAGs folder.
          db          Check, migrate or reset the databases, or open a client.
          doctor      Find what is wrong, and mend what is safe.
          config      Show and change settings.
          airflow     Run the managed Airflow's own command line.
          env         Print the managed Airflow's environment.
          completion  Print the completion of bash, zsh or fish.
          upgrade     Put another Airflow in the place of the installed one.
          uninstall   Remove what setup made.
        """),
        "",
    )


def test_the_version_is_one_line() -> None:
    assert run_cli("--version") == Ran(0, f"mlopsctl {__version__}\n", "")


def test_without_a_command_the_help_is_shown_as_wrong_usage() -> None:
    ran = run_cli()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: mlopsctl [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["statu"], "there is no command 'statu'.", "mlopsctl status"),
        (["backfil", "x"], "there is no command 'backfil'.", "mlopsctl backfill"),
        (["qqqq"], "there is no command 'qqqq'.", "mlopsctl --help"),
        (["-v", "-q", "status"], "-v and -q contradict each other.", "leave out one of the two"),
    ],
)
def test_wrong_words_end_in_a_sentence_and_exit_2(words: list[str], message: str, hint: str) -> None:
    ran = run_cli(*words)
    assert ran == Ran(2, "", f"error: {message}\nhint: {hint}\n")
    ran = run_cli(*words, "--json")
    assert (ran.code, ran.err) == (2, "")
    (entry,) = only_object(ran)["errors"]
    assert (entry["code"], entry["message"], entry["hint"]) == ("usage", message, hint)


def test_an_option_that_does_not_exist_names_the_nearest() -> None:
    ran = run_cli("--hom", "x")
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"error: no such option.*--hom.*--home.*\nhint: mlopsctl --help\n", ran.err)


@pytest.mark.parametrize(
    ("words", "option", "hint"),
    [
        (["stop", "--quiet"], "--quiet", "mlopsctl --quiet stop"),
        (["backfills", "watch", "-v"], "-v", "mlopsctl -v backfills watch"),
        (["status", "--home", "/x"], "--home", "mlopsctl --home DIR status"),
        (["runs", "d", "--no-color"], "--no-color", "mlopsctl --no-color runs"),
    ],
)
def test_an_option_of_mlopsctl_itself_behind_a_command(words: list[str], option: str, hint: str) -> None:
    ran = run_cli(*words)
    assert (ran.code, ran.err) == (2, f"error: {option} stands before the command.\nhint: {hint}\n")


@pytest.mark.parametrize(
    ("how", "code", "entry"),
    [
        ("foreseen", 1, {"code": "disk", "message": "the disk is full.", "hint": "df -h", "hint_command": None}),
        ("usage", 2, {"code": "usage", "message": "'x' is not a date.", "hint": "", "hint_command": None}),
        ("late", 4, {"code": "timeout", "message": "it takes longer than 5 s.", "hint": "", "hint_command": None}),
        (
            "interrupt",
            130,
            {
                "code": "interrupted",
                "message": "stopped by Ctrl-C.",
                "hint": "the same command, said again, goes on",
                "hint_command": None,
            },
        ),
        ("full", 1, {"code": "system", "message": "No space left on device.", "hint": MAKE_ROOM, "hint_command": None}),
        (
            "denied",
            1,
            {"code": "system", "message": "/home of/x: Permission denied.", "hint": CHOOSE, "hint_command": None},
        ),
    ],
)
def test_every_failure_leaves_through_the_funnel(how: str, code: int, entry: dict[str, str]) -> None:
    spoken = f"error: {entry['message']}\n" + (f"hint: {entry['hint']}\n" if entry["hint"] else "")
    ran = run("boom", how)
    assert (ran.code, ran.out, ran.err.lstrip("\n")) == (code, "", spoken)
    ran = run("boom", how, "--json")
    assert (ran.code, ran.err.strip("\n")) == (code, "")
    assert only_object(ran) == {"version": 1, "command": "boom", "status": "error", "data": {}, "errors": [entry]}


@pytest.mark.parametrize(("how", "kind"), [("bug", "ValueError"), ("odd", "OSError")])
def test_a_bug_leaves_a_log_and_never_a_bare_traceback(how: str, kind: str, tmp_path: Path) -> None:
    ran = run("--home", "/elsewhere", "boom", how, TMPDIR=str(tmp_path))
    (log,) = tmp_path.iterdir()
    assert ran == Ran(
        3,
        "",
        f"error: this is a bug of mlopsctl ({kind}); its traceback is in {log}.\n"
        f"hint: send the log with your report: cat {log}\n",
    )
    written = log.read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in written and f"mlopsctl {__version__}" in written
    assert "command: boom\n" in written and "elsewhere" not in written, "what was called, and not with which words"
    assert log.stat().st_mode & 0o077 == 0, "it may hold what others must not read"
    assert only_object(run("boom", how, "--json", TMPDIR=str(tmp_path)))["errors"][0]["code"] == "bug"


def test_the_code_that_a_command_returns_is_the_exit_code() -> None:
    assert [run("leave", "--code", str(code)).code for code in (0, 1, 4)] == [0, 1, 4]


def test_words_after_two_dashes_are_not_ours() -> None:
    ran = run("boom", "foreseen", "--", "--json")
    assert ran.code == 2 and ran.out == "" and ran.err.startswith("error: ")


def test_a_reader_that_goes_away_ends_it_as_sigpipe_does() -> None:
    with subprocess.Popen(
        [*COMMANDS, "flood"], cwd=ROOT, env=os.environ | TERMINAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


@pytest.mark.parametrize(
    ("words", "streams"),
    [
        (["boom", "foreseen", "--json"], ">&0"), (["boom", "bug", "--json"], ">&0 2>&-"), (["boom", "bug"], "2>&0"),
        (["boom", "--nonsense"], "2>&0"), (["user"], ">&- 2>&0"), (["boom", "foreseen"], ">&- 2>&0"),
    ],
)  # fmt: skip
def test_a_reader_that_has_gone_when_a_failure_is_told(words: list[str], streams: str, tmp_path: Path) -> None:
    end, gone = os.pipe()
    os.close(end)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *COMMANDS, *words],
        env=os.environ | TERMINAL | {"TMPDIR": str(tmp_path)}, cwd=ROOT, stdin=gone, capture_output=True, check=False,
    )  # fmt: skip
    os.close(gone)
    assert (done.returncode, done.stdout, done.stderr) == (141, b"", b"")


def test_ctrl_c_is_130_and_one_sentence() -> None:
    with subprocess.Popen(
        [*COMMANDS, "wait"], cwd=ROOT, env=os.environ | TERMINAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert (process.returncode, said.strip()) == (
        130,
        b"error: stopped by Ctrl-C.\nhint: the same command, said again, goes on",
    )


@pytest.mark.parametrize("words", [["doctor", "--list-checks"], ["doctor", "--list-checks", "--json"], ["--help"]])
def test_where_stdout_takes_no_more_stderr_tells_it(words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mlopsctl", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, f"error: No space left on device.\nhint: {MAKE_ROOM}\n")
