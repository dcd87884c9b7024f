from pathlib import Path

import pytest

from mlopsctl.adapters.redis.server import RedisServer
from mlopsctl.core.errors import MlopsctlError, Unavailable
from tests.operations.doctor.checks.workers.conftest import Head
from tests.operations.doctor.contexts import doctor_context, findings, fix_first, is_ok, outcome, verdicts

ACCOUNTS = "user default off\nuser mlopsctl on #1 ~* &* +@all\nuser celery on #2 ~* &* -@all"
WRITES = (
    "# Persistence\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:ok\r\n"
    "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n"
)


class Answers:
    """A running Redis that answers so."""

    def __init__(self, conf: Path) -> None:
        lines = [line.partition(" ") for line in conf.read_text("utf-8").splitlines()]
        self.options = {name: value.strip('"') for name, _, value in lines if name not in ("user", "#")}
        self.accounts, self.writes = ACCOUNTS, WRITES
        self.changes: list[tuple[str, ...]] = []
        self.error: MlopsctlError | None = None

    def __call__(self, *words: str) -> str:
        if self.error:
            raise self.error
        if words[:2] == ("CONFIG", "SET"):
            self.options[words[2]] = words[3]
        if words[:2] in (("ACL", "SETUSER"), ("ACL", "DELUSER")):
            self.changes.append(words[1:])
        options = "\n".join(f"{name}\n{value}" for name, value in self.options.items())
        return {"ACL": self.accounts, "INFO": self.writes, "CONFIG": options, "PING": "PONG"}[words[0]]


@pytest.fixture
def redis(joined_head: Head, monkeypatch: pytest.MonkeyPatch, _running: None) -> Answers:
    server = doctor_context(joined_head.home.root).platform.redis
    server.write_conf()
    answers = Answers(server.conf)
    monkeypatch.setattr(RedisServer, "command", lambda _, *words: answers(*words))
    return answers


@pytest.mark.parametrize("name", ["broker", "broker-settings", "broker-persistence"])
def test_broker_as_setup_makes_it_is_ok(name: str, joined_head: Head, redis: Answers) -> None:
    assert is_ok(name, joined_head.home.root)
    joined_head.home.config.write_text("")
    assert verdicts(name, joined_head.home.root) == ["skipped"]


def test_broker_that_does_not_answer(joined_head: Head, redis: Answers) -> None:
    redis.error = Unavailable("Redis does not answer: it refuses connections.", hint="x")
    (finding,) = findings("broker", joined_head.home.root)
    assert finding.verdict == "error" and "refuses connections" in finding.message


@pytest.mark.parametrize(("option", "value"), [("appendonly", "no"), ("appendfsync", "no"), ("bind", "10.0.0.1")])
def test_changed_option_is_set_again_without_a_restart(
    option: str, value: str, joined_head: Head, redis: Answers
) -> None:
    before = redis.options[option]
    redis.options[option] = value
    _, message = outcome("broker-settings", joined_head.home.root)
    assert message == f"Redis runs with {option} = {value}, not {before}."
    fix_first("broker-settings", joined_head.home.root)
    assert is_ok("broker-settings", joined_head.home.root)


@pytest.mark.parametrize(
    ("accounts", "change"),
    [
        (ACCOUNTS.replace("default off", "default on nopass"), ("SETUSER", "default", "off")),
        (f"{ACCOUNTS}\nuser other on nopass", ("DELUSER", "other")),
    ],
)
def test_account_that_was_let_in(accounts: str, change: tuple[str, ...], joined_head: Head, redis: Answers) -> None:
    redis.accounts = accounts
    (finding,) = findings("broker-settings", joined_head.home.root)
    assert finding.message.startswith(f"the account {change[1]} of Redis is on, not ")
    fix_first("broker-settings", joined_head.home.root)
    assert redis.changes == [change]


def test_changed_configuration_is_written_again(joined_head: Head, redis: Answers) -> None:
    conf = joined_head.home.redis / "redis.conf"
    conf.write_text(conf.read_text().replace("user default off", "user default on nopass"))
    assert verdicts("broker-settings", joined_head.home.root) == ["error"]
    fix_first("broker-settings", joined_head.home.root)
    assert is_ok("broker-settings", joined_head.home.root)


def test_broker_that_cannot_write(joined_head: Head, redis: Answers) -> None:
    redis.writes = WRITES.replace("write_status:ok", "write_status:err")
    _, message = outcome("broker-persistence", joined_head.home.root)
    assert "aof_last_write_status is err" in message
