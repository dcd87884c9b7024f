"""What every changing command does: show the plan, ask, run the steps, exit with the right code."""

import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.files import locked
from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from tests.cli.commands import COMMANDS, ROOT, only_object, run
from tests.conftest import TERMINAL, Ran, call_cli, screen

DONE = [
    {"name": "first", "state": "changed", "seconds": 1.25, "detail": "created"},
    {"name": "second", "state": "ok", "seconds": 0.01, "detail": "exists"},
]
FAILED = [DONE[0], {"name": "second", "state": "failed", "seconds": 0.5, "detail": "disk full"}]
PLANNED = [
    {"name": "first", "state": "planned", "seconds": 0.0, "detail": "create it"},
    {"name": "second", "state": "ok", "seconds": 0.0, "detail": ""},
]
PLAN = "first         create it\nsecond        nothing to do\n"


def envelope(status: str, steps: list[dict[str, Any]], errors: list[dict[str, str | None]]) -> dict[str, Any]:
    return {"version": 1, "command": "work", "status": status, "data": {"steps": steps}, "errors": errors}


def test_a_plan_is_carried_out_and_its_steps_are_shown() -> None:
    assert run("work") == Ran(
        0,
        "all done\n",
        screen("""
        started
        changed first         created  1.2 s
        ok      second        exists  0.0 s
        """),
    )
    assert only_object(run("work", "--json")) == envelope("ok", DONE, [])


def test_a_failed_step_ends_in_an_error_and_exit_1() -> None:
    ran = run("work", "--fails")
    assert (ran.code, ran.out, ran.err.splitlines()[-2:]) == (1, "", ["error: the disk is full.", "hint: df -h"])
    ran = run("work", "--fails", "--json")
    error = {"code": "disk", "message": "the disk is full.", "hint": "df -h", "hint_command": None}
    assert (ran.code, only_object(ran)) == (1, envelope("error", FAILED, [error]))


def test_a_dry_run_shows_the_plan_and_runs_no_step() -> None:
    assert run("work", "--dry-run", "--asks", "Really?") == Ran(0, "", PLAN)
    assert only_object(run("work", "--dry-run", "--json")) == envelope("planned", PLANNED, [])


def test_without_a_terminal_a_question_needs_yes() -> None:
    refused = f"{PLAN}error: cannot ask without a terminal: Remove it?\nhint: run it again with --yes\n"
    assert run("work", "--asks", "Remove it?") == Ran(1, "", refused)
    assert run("work", "--asks", "Remove it?", "--yes").code == 0
    assert run("work", "--asks", "Remove it?", MLOPSCTL_WORK_YES="1").code == 0


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 1)])
def test_on_a_terminal_the_plan_is_shown_and_the_answer_decides(answer: bytes, code: int) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMANDS, "work", "--asks", "Remove it?"], cwd=ROOT, env=os.environ | TERMINAL,
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        os.write(ours, answer)
        out, err = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, out) == (code, "" if code else "all done\n")
    assert err.startswith(f"{PLAN}Remove it? [y/N]: "), "one line, below the plan"
    assert ("started" in err) == (code == 0)
    assert ("error: not confirmed, nothing was changed." in err) == (code == 1)


def test_home_option_takes_precedence_over_variable_and_default(sealed: Path, tmp_path: Path) -> None:
    def home(*words: str, **env: str) -> str:
        root: str = only_object(run(*words, "leave", "--json", **env))["data"]["home"]
        return root

    assert home("--home", str(tmp_path / "option"), MLOPSCTL_HOME="/variable") == str(tmp_path / "option")
    assert home(MLOPSCTL_HOME="/variable") == "/variable"
    assert App(None, "", Output()).home.root == sealed / "default"


def test_a_home_may_be_relative_or_start_with_a_tilde(sealed: Path) -> None:
    assert App(Path("here"), "", Output()).home.root == Path.cwd() / "here"
    assert App(Path("~/there"), "", Output()).home.root == sealed / "there"


def test_without_a_platform_the_hint_is_setup(tmp_path: Path) -> None:
    app = App(tmp_path / "한글 home", "status", Output())
    with pytest.raises(MlopsctlError) as caught:
        app.need_setup()
    assert f"{tmp_path}/한글 home" in caught.value.message
    assert (caught.value.hint.command, caught.value.code) == (("setup",), "not-set-up")
    assert not (tmp_path / "한글 home").exists(), "nothing was created"


def test_a_home_without_its_settings_is_still_a_platform(tmp_path: Path) -> None:
    home = Home(tmp_path / "my home")
    home.secrets.mkdir(parents=True)
    ran = call_cli("--home", home.root, "status", "--json")
    assert ran.code == 1
    (error,) = only_object(ran)["errors"]
    assert error == {
        "code": "no-settings",
        "message": f"{home.config} is missing, and with it the settings of the platform in {home.root}.",
        "hint": f"touch '{home.config}' && mlopsctl --home '{home.root}' setup"
        "   # starts from the defaults: repeat your own options, such as --api-port N --dags DIR",
        "hint_command": None,  # another program has to run first
    }


@pytest.mark.usefixtures("open_to_databases")
def test_the_hint_for_missing_settings_makes_setup_accept_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "my home")
    for name in ("secrets", "venv", "postgres", "mariadb"):
        (home.root / name).mkdir(parents=True)
    assert "it is not empty" in call_cli("--home", home.root, "setup", "--no-seed").err, (
        "why the hint is not `setup` alone"
    )
    app = App(home.root, "status", Output())
    with pytest.raises(MlopsctlError) as caught:
        app.need_setup()
    touch, _, _ = caught.value.hint.text().partition(" && ")
    subprocess.run(["bash", "-c", touch], check=True)
    app.need_setup()
    planned = call_cli("--home", home.root, "setup", "--no-seed", "--dry-run")
    assert planned.code == 0, planned.err


def test_command_lines_name_the_home_unless_it_is_the_default(sealed: Path) -> None:
    assert App(None, "", Output()).call("status") == "mlopsctl status"
    there = App(Path("/a b"), "", Output())
    assert there.call("status") == "mlopsctl --home '/a b' status"


@pytest.mark.usefixtures("open_to_databases")
@pytest.mark.parametrize(
    "words",
    [
        ["link", "add", "tests"], ["link", "remove", "tests"], ["restart"], ["start"], ["stop", "scheduler"],
        ["uninstall"], ["setup", "--no-seed"],
    ],
)  # fmt: skip
def test_a_dry_run_changes_nothing_and_takes_no_lock(tmp_path: Path, words: list[str]) -> None:
    home = Home(tmp_path / "home")
    home.dags.mkdir(parents=True)
    (home.dags / "tests").symlink_to("/nowhere")
    home.config.write_text("")
    dry = (*words, "--dry-run")
    assert call_cli("--home", home.root, *dry).code == 0
    assert not home.lock.exists()
    with locked(home.lock, "seed"):
        assert call_cli("--home", home.root, *dry).code == 0
        if words[0] != "uninstall":
            refused = call_cli("--home", home.root, *words)
            assert refused.code == 1 and "in this home" in refused.err


def test_uninstall_without_a_home_leaves_no_lock(tmp_path: Path) -> None:
    refused = call_cli("--home", tmp_path / "none", "uninstall", "--yes")
    assert (refused.code, refused.err) == (
        1, f"error: there is no platform in {tmp_path / 'none'}.\nhint: mlopsctl --home DIR uninstall\n",
    )  # fmt: skip
    assert not (tmp_path / "none").exists()
