"""The command lines of worker. Real hosts: tests/live."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mlopsctl.adapters import process
from mlopsctl.adapters.tls.authority import Authority, new_request
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import Report, Wanted
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import tokens
from mlopsctl.operations.workers.registry import Registry
from tests.cli.commands import only_object
from tests.conftest import call_cli, run_cli

REPORT = Report(True, True, 8, ("gpu",), "3.3.2", "abc", 50.0, 2.0, 3.0, ("t1",))
TOKEN = JoinToken("10.0.0.1", 8443, "0" * 64, "hunter2-hunter2-hunter2-hunter2")


@pytest.fixture
def registry(home: Path) -> Registry:
    """With a host that has stopped its worker, so that nothing is waited for."""
    registry = Registry(Home(home))
    registry.add("w1")
    registry.report("w1", replace(REPORT, running=False, ready=False, tasks=()))
    return registry


@pytest.fixture
def _listening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Platform, "stopped_service", lambda *_: False)


@pytest.mark.usefixtures("_listening")
def test_a_token_is_one_line_for_scripts(home: Path) -> None:
    data = only_object(call_cli("--home", home, "worker", "token", "--queues", "gpu, fast,gpu", "--json"))["data"]
    token = JoinToken.parse(data["token"])
    assert tokens.use(Home(home), token.secret).queues == ("gpu", "fast")
    ran = call_cli("--home", home, "worker", "token")
    assert (ran.code, ran.err) == (0, "")
    (line,) = [line for line in ran.out.splitlines() if "worker join" in line]
    assert JoinToken.parse(line.split()[-1]).secret != token.secret
    assert str(home) not in line, "the home of the head is not that of the other machine"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--ttl", "8d"], 1),
        (["--ttl", "0m"], 2),
        (["--ttl", "soon"], 2),
        (["--queues", "head"], 2),
        (["--queues", "a b"], 2),
        (["--queues", ""], 2),
        (["--queues", "a,,b"], 2),
        (["--queues", "a;reboot"], 2),
    ],
)
@pytest.mark.usefixtures("_listening")
def test_a_token_that_nobody_could_use_is_refused(home: Path, words: list[str], code: int) -> None:
    ran = call_cli("--home", home, "worker", "token", *words)
    assert (ran.code, ran.out) == (code, "") and "error: " in ran.err
    assert not Home(home).join_tokens.exists()


def test_there_is_no_token_while_nothing_listens(home: Path) -> None:
    ran = call_cli("--home", home, "worker", "token", "--json")
    assert (ran.code, only_object(ran)["errors"][0]["code"]) == (1, "not-listening")


def test_workers_are_listed_that_of_the_head_first(home: Path, registry: Registry) -> None:
    registry.report("w1", REPORT)
    own, w1 = only_object(call_cli("--home", home, "worker", "list", "--json"))["data"]["workers"]
    assert set(own) == set(w1) and (w1["host"], w1["state"], w1["slots"], w1["busy"]) == ("w1", "ready", 8, 1)
    assert own["state"] == "stopped"
    lines = call_cli("--home", home, "worker", "list").out.splitlines()
    assert len(lines) == 3 and lines[0].startswith("HOST") and lines[2].split()[:4] == ["w1", "ready", "gpu", "1/8"]


@pytest.mark.parametrize(("command", "wanted"), [("drain", Wanted.DRAIN), ("stop", Wanted.STOP)])
def test_a_host_is_told_what_to_do(home: Path, registry: Registry, command: str, wanted: Wanted) -> None:
    answer = only_object(call_cli("--home", home, "worker", command, "w1", "--json"))
    assert answer["status"] == "ok" and registry.find("w1").wanted is wanted
    again = only_object(call_cli("--home", home, "worker", command, "w1", "--json"))
    assert [step["state"] for step in again["data"]["steps"]] == ["ok"]


@pytest.mark.parametrize("command", ["drain", "start", "stop", "remove"])
def test_an_unknown_host_is_an_error_that_names_the_others(home: Path, registry: Registry, command: str) -> None:
    yes = ["--yes"] if command == "remove" else []
    ran = call_cli("--home", home, "worker", command, "../w1", *yes, "--json")
    (error,) = only_object(ran)["errors"]
    assert (ran.code, error["code"]) == (1, "no-worker") and "w1" in error["message"] and error["hint"]


def test_a_removal_needs_a_yes(home: Path, registry: Registry) -> None:
    Authority(Home(home).authority).sign(new_request("w1")[1], "w1")
    assert call_cli("--home", home, "worker", "remove", "w1").code == 1
    assert [worker.host for worker in registry.workers()] == ["w1"]
    assert call_cli("--home", home, "worker", "remove", "w1", "--yes").code == 0
    assert registry.workers() == [] and Authority(Home(home).authority).newest("w1") is None


@pytest.mark.parametrize("words", [["list"], ["token"], ["drain", "w1"], ["remove", "w1", "--yes"]])
def test_a_platform_without_workers_says_how_to_get_them(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "config.toml").write_text("")
    ran = call_cli("--home", tmp_path, "worker", *words)
    assert ran.code == 1 and f"hint: mlopsctl --home {tmp_path} setup --executor celery" in ran.err


@pytest.mark.parametrize("token", ["nonsense", str(TOKEN)[:-20], str(TOKEN) + "/x", str(TOKEN).replace("8443", "0")])
def test_an_invalid_token_is_not_repeated(tmp_path: Path, token: str) -> None:
    ran = call_cli("--home", tmp_path / "new", "worker", "join", token)
    assert (ran.code, ran.out) == (2, "") and "hunter2" not in ran.err
    assert not (tmp_path / "new").exists()


@pytest.fixture
def _stunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_program", lambda name: f"/usr/bin/{name}")


def test_a_token_can_come_from_stdin(tmp_path: Path) -> None:
    """An argument is seen by everybody who lists processes."""
    stunnel = tmp_path / "stunnel4"
    stunnel.touch(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    words = ("--home", tmp_path / "new", "worker", "join", "-", "--dry-run", "--json")
    ran = run_cli(*words, stdin=f"{TOKEN}\n", env=env)
    answer = only_object(ran)
    assert (ran.code, answer["status"], answer["data"]["head"]) == (0, "planned", "10.0.0.1:8443")
    assert "hunter2" not in ran.out + ran.err
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("_stunnel")
def test_without_a_token_a_new_host_is_told_where_to_get_one(tmp_path: Path) -> None:
    ran = call_cli("--home", tmp_path / "new", "worker", "join", "--json")
    assert (ran.code, only_object(ran)["status"]) == (2, "error") and "worker token" in ran.out


@pytest.mark.usefixtures("_stunnel")
@pytest.mark.parametrize("words", [["--concurrency", "0"], ["--concurrency", "1025"], ["--name", "a/b"]])
def test_what_no_host_can_have_is_exit_2(tmp_path: Path, words: list[str]) -> None:
    ran = call_cli("--home", tmp_path / "new", "worker", "join", str(TOKEN), *words)
    assert ran.code == 2 and not (tmp_path / "new").exists()


@pytest.mark.usefixtures("_listening")
def test_files_about_tokens_are_private(home: Path) -> None:
    json.loads(call_cli("--home", home, "worker", "token", "--json").out)
    assert {stat.S_IMODE(path.stat().st_mode) for path in Home(home).join_tokens.iterdir()} == {0o600}
