import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlopsctl import __version__
from tests.cli.commands import COMMANDS, ROOT, only_object, run
from tests.conftest import TERMINAL, Ran, call_cli, screen

FREE_SPACE = "free space on that disk, then run the same command again"
RUN_AGAIN = "run the same command again to continue"


def test_help_lists_options_and_commands() -> None:
    assert call_cli("--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl [OPTIONS] COMMAND [ARGS]...

          Set up and operate machine-learning pipelines on Apache Airflow and MariaDB.

        Options:
          --home DIR            Directory of the platform.
          --context NAME        Use an Airflow elsewhere; see the command context.
          -v, --verbose         Show more; -vv also logs HTTP requests and programs.
          -q, --quiet           Show only errors.
          --color / --no-color  Use colors and a live display, or plain lines.
          --version             Show the version and exit.
          -h, --help            Show this message and exit.

        Commands:
          setup       Set up a complete platform on this machine.
          status      Show services, health, versions and addresses.
          start       Start all services, or only some.
          stop        Stop all services, or only some.
          restart     Restart all services, or only some.
          logs        Show or follow the log of a service or a task.
          backfill    Run a DAG for every date in a range that has not succeeded yet.
          backfills   List, watch, pause, resume and cancel backfills.
          trigger     Start one run of a DAG.
          runs        Show the runs of a DAG by date.
          seed        Generate, check and delete exam data in the feature store.
          coverage    Show the rows of a table by date, and the dates without any.
          models      Compare trained models and choose the champion.
          dags        List, pause, check and repair DAGs.
          worker      Let other machines run tasks, and see what they do.
          queues      Show the queues of tasks, and which workers take from them.
          helm        Take a platform to Kubernetes with Airflow's Helm chart.
          init        Create a project with a pipeline, its tests and a CI workflow.
          adopt       Take over an existing Airflow with its users, secrets and DAGs.
          user        Manage Airflow users.
          connection  Manage Airflow connections.
          variable    Manage Airflow variables.
          link        Link DAG packages into the DAGs folder.
          db          Check, migrate or reset the databases, or open a client.
          doctor      Find problems, explain them, and fix what is safe to fix.
          config      Show and change settings.
          context     Use Airflows elsewhere by their API.
          airflow     Run the command line of the managed Airflow.
          env         Print the environment of the managed Airflow.
          completion  Print a completion script for your shell.
          upgrade     Install another Airflow release.
          uninstall   Remove the platform.

          Every option has an environment variable, such as MLOPSCTL_HOME; see
          docs/environment.md.
        """),
        "",
    )


def test_the_version_is_one_line() -> None:
    assert call_cli("--version") == Ran(0, f"mlopsctl {__version__}\n", "")


def test_without_a_command_the_help_is_shown_as_wrong_usage() -> None:
    ran = call_cli()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: mlopsctl [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["statu"], "there is no command 'statu'.", "mlopsctl status"),
        (["backfil", "x"], "there is no command 'backfil'.", "mlopsctl backfill"),
        (["qqqq"], "there is no command 'qqqq'.", "mlopsctl --help"),
        (["-v", "-q", "status"], "-v and -q exclude each other.", "leave out one of them"),
    ],
)
def test_a_usage_error_has_a_hint_and_exit_2(words: list[str], message: str, hint: str) -> None:
    home = {"MLOPSCTL_HOME": str(Path("~/.mlopsctl").expanduser())}
    ran = call_cli(*words, env=home)
    assert ran == Ran(2, "", f"error: {message}\nhint: {hint}\n")
    ran = call_cli(*words, "--json", env=home)
    assert (ran.code, ran.err) == (2, "")
    (entry,) = only_object(ran)["errors"]
    assert (entry["code"], entry["message"], entry["hint"]) == ("usage", message, hint)


def test_an_unknown_option_suggests_the_nearest() -> None:
    ran = call_cli("--hom", "x")
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"error: no such option.*--hom.*--home.*\nhint: mlopsctl --help\n", ran.err)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["stop", "--quiet"], ["--quiet", "stop"]),
        (["backfills", "watch", "-v"], ["-v", "backfills", "watch"]),
        (["status", "--home", "/x"], ["--home", "DIR", "status"]),
        (["runs", "d", "--no-color"], ["--no-color", "runs"]),
    ],
)
def test_an_option_of_mlopsctl_after_the_command_is_a_usage_error(words: list[str], hint: list[str]) -> None:
    ran = call_cli(*words, "--json")
    (entry,) = only_object(ran)["errors"]
    assert (ran.code, entry["hint_command"]) == (2, hint)
    assert entry["message"].endswith(" must come before the command.")


@pytest.mark.parametrize(
    ("how", "code", "entry"),
    [
        ("expected", 1, {"code": "disk", "message": "the disk is full.", "hint": "df -h"}),
        ("usage", 2, {"code": "usage", "message": "'x' is not a date.", "hint": ""}),
        ("late", 4, {"code": "timeout", "message": "it takes longer than 5 s.", "hint": ""}),
        ("interrupt", 130, {"code": "interrupted", "message": "stopped by Ctrl-C.", "hint": RUN_AGAIN}),
        ("full", 1, {"code": "system", "message": "No space left on device.", "hint": FREE_SPACE}),
    ],
)
def test_every_failure_is_reported_with_its_code(how: str, code: int, entry: dict[str, str]) -> None:
    shown = f"error: {entry['message']}\n" + (f"hint: {entry['hint']}\n" if entry["hint"] else "")
    assert run("boom", how) == Ran(code, "", shown)
    ran = run("boom", how, "--json")
    assert (ran.code, ran.err) == (code, "")
    assert only_object(ran) == {
        "version": 1, "command": "boom", "status": "error", "data": {}, "errors": [{**entry, "hint_command": None}],
    }  # fmt: skip


def test_a_home_without_permission_suggests_another() -> None:
    (entry,) = only_object(run("boom", "denied", "--json"))["errors"]
    assert (entry["code"], entry["message"]) == ("system", "/home of/x: Permission denied.")
    assert entry["hint_command"] == ["--home", "DIR", "setup"]


def test_a_detached_command_exits_with_130_and_is_not_shown_as_an_error() -> None:
    ran = run("--home", "/h", "boom", "detached")
    assert ran == Ran(130, "", "the run continues.\nhint: mlopsctl --home /h runs etl\n")
    (entry,) = only_object(run("boom", "detached", "--json"))["errors"]
    assert (entry["code"], entry["hint_command"]) == ("interrupted", ["runs", "etl"])


@pytest.mark.parametrize(("how", "kind"), [("bug", "ValueError"), ("odd", "OSError")])
def test_a_bug_writes_a_log_and_shows_no_traceback(
    how: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my temporary files"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    ran = run("--home", "/elsewhere", "boom", how)
    (log,) = folder.iterdir()
    assert ran == Ran(
        3,
        "",
        f"error: unexpected {kind}, a bug in mlopsctl; the traceback is in {log}.\n"
        f"hint: cat '{log}'   # include this file in your bug report\n",
    )
    written = log.read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in written and f"mlopsctl {__version__}" in written
    assert "command: boom\n" in written and "elsewhere" not in written, "the command without its arguments"
    assert log.stat().st_mode & 0o077 == 0, "only the user may read it"
    assert only_object(run("boom", how, "--json"))["errors"][0]["code"] == "bug"


def test_a_command_returns_its_exit_code() -> None:
    assert [run("leave", "--code", str(code)).code for code in (0, 1, 4)] == [0, 1, 4]


def test_json_after_two_dashes_is_not_our_option() -> None:
    ran = run("boom", "expected", "--", "--json")
    assert ran.code == 2 and ran.out == "" and ran.err.startswith("error: ")


def test_a_closed_pipe_exits_as_after_sigpipe() -> None:
    with subprocess.Popen(
        [*COMMANDS, "flood"], cwd=ROOT, env=os.environ | TERMINAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.read(10)
        process.stdout.close()
        shown = process.stderr.read()
    assert (process.returncode, shown) == (141, b"")


@pytest.mark.parametrize(
    ("words", "streams"),
    [
        (["boom", "expected", "--json"], ">&0"), (["boom", "bug", "--json"], ">&0 2>&-"), (["boom", "bug"], "2>&0"),
        (["boom", "--nonsense"], "2>&0"), (["user"], ">&- 2>&0"), (["boom", "expected"], ">&- 2>&0"),
    ],
)  # fmt: skip
def test_a_pipe_closed_before_an_error_exits_as_after_sigpipe(words: list[str], streams: str, tmp_path: Path) -> None:
    end, gone = os.pipe()
    os.close(end)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *COMMANDS, *words],
        env=os.environ | TERMINAL | {"TMPDIR": str(tmp_path)}, cwd=ROOT, stdin=gone, capture_output=True, check=False,
    )  # fmt: skip
    os.close(gone)
    assert (done.returncode, done.stdout, done.stderr) == (141, b"", b"")


def test_ctrl_c_exits_with_130() -> None:
    with subprocess.Popen(
        [*COMMANDS, "wait"], cwd=ROOT, env=os.environ | TERMINAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        shown = process.stderr.read()
    assert (process.returncode, shown.decode()) == (130, f"error: stopped by Ctrl-C.\nhint: {RUN_AGAIN}\n")


@pytest.mark.parametrize("words", [["doctor", "--list-checks"], ["doctor", "--list-checks", "--json"], ["--help"]])
def test_a_full_disk_behind_stdout_is_reported_on_stderr(words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mlopsctl", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, f"error: No space left on device.\nhint: {FREE_SPACE}\n")


def test_closed_standard_streams_become_dev_null() -> None:
    code = "import os, sys; from mlopsctl.cli.main import _open_closed_streams as f; f(); "
    code += "assert all(map(os.get_inheritable, range(3))); "
    code += "os.write(int(sys.argv[1]), (os.readlink('/proc/self/fd/0') + str(sys.stdin.isatty())).encode())"
    reader, writer = os.pipe()
    command = ["bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash", sys.executable, "-c", code, str(writer)]
    subprocess.run(command, check=True, pass_fds=[writer], cwd=ROOT)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "/dev/nullFalse"
