"""The platform as an Airflow elsewhere: over TLS with a CA of its own, by its API alone.

The commands run in a process that knows no home. What they answer is what they answer in the home.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.core import settings
from mlopsctl.core.deadline import poll
from mlopsctl.core.paths import Home
from tests.live.conftest import MLOPSCTL, LivePlatform, Result, environment
from tests.live.tls_proxy import make_certificate, tls_proxy

pytestmark = pytest.mark.live
NATIVE, PER_RUN = "live_lasting", "live_manual"


@dataclass(frozen=True)
class Elsewhere:
    """Commands in the context `prod`, with a configuration folder of their own."""

    config: Path
    url: str
    ca: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        env = environment() | {"XDG_CONFIG_HOME": str(self.config)}
        return subprocess.Popen(
            [MLOPSCTL, *words], env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> Result:
        process = self.start("--context", "prod", *words)
        out, err = process.communicate(timeout=300)
        return Result(process.returncode, out, err)

    def json(self, *words: str) -> dict[str, Any]:
        """The `data` of a command that must succeed."""
        ran = self.run(*words, "--json")
        assert ran.code == 0, ran.out + ran.err
        found: dict[str, Any] = ran.json["data"]
        return found

    def code(self, *words: str) -> str:
        """Of the error of a command that must fail."""
        ran = self.run(*words, "--json")
        assert ran.code == 1, ran.out + ran.err
        return str(ran.json["errors"][0]["code"])


@pytest.fixture(scope="module")
def elsewhere(platform: LivePlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    folder, home = tmp_path_factory.mktemp("context"), Home(platform.home)
    port = settings.load(home.config).api_port
    ca = make_certificate(folder, "ours")
    store = folder / "feature-store-url"
    store.write_text(f"mysql://mlops:{home.secret('mariadb-mlops-password').read_text().strip()}@127.0.0.1:"
                     f"{settings.load(home.config).mariadb_port}/mlops")  # fmt: skip
    with tls_proxy(ca, port) as url:
        made = Elsewhere(folder / "config", url, ca)
        added = made.start(
            "context", "add", "prod", "--url", url, "--user", "admin", "--ca", str(ca),
            "--password-file", str(home.secret("admin-password")), "--feature-store-url-file", str(store), "--json",
        )  # fmt: skip
        out, err = added.communicate(timeout=120)
        assert added.returncode == 0, out + err
        assert json.loads(out)["data"]["airflow_version"].startswith("3.")
        yield made


def test_other_certificate_is_refused_before_the_login(elsewhere: Elsewhere, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    words = ("context", "add", "other", "--url", elsewhere.url, "--user", "admin", "--password-file")
    for more in ((), ("--ca", str(make_certificate(tmp_path, "theirs")))):
        ran = elsewhere.run(*words, str(tmp_path / "password"), *more, "--json")
        assert (ran.code, ran.json["errors"][0]["code"]) == (1, "untrusted")
    assert [context["name"] for context in elsewhere.json("context", "list")["contexts"]] == ["prod"]


@pytest.mark.parametrize(
    "words",
    [
        ("dags", "list"),
        ("dags", "errors"),
        ("connection", "list"),
        ("variable", "list"),
        ("user", "list"),
        ("runs", "live_daily"),
        ("coverage", "mlops.cust_info"),
        ("backfills", "list"),
        ("backfill", "live_daily", "--from", "2023-04", "--to", "2023-04", "--unpause", "--dry-run"),
        ("backfill", "live_data_interval", "--from", "2023-04", "--to", "2023-04", "--unpause", "--dry-run"),
        ("backfill", "live_manual", "--from", "2023-04-01", "--to", "2023-04-03", "--dry-run"),
        ("trigger", "live_data_interval", "--date", "2023-05-03", "--unpause", "--dry-run"),
    ],
    ids=" ".join,
)
def test_answers_are_those_of_the_home(platform: LivePlatform, elsewhere: Elsewhere, words: tuple[str, ...]) -> None:
    # Airflow notes some time after its last run that a backfill of an earlier test has ended.
    poll(
        lambda: comparable(elsewhere.json(*words)) == comparable(platform.json(*words)["data"]),
        every=1,
        give_up_after=45,
    )
    assert comparable(elsewhere.json(*words)) == comparable(platform.json(*words)["data"])


def comparable(data: dict[str, Any]) -> dict[str, Any]:
    """Without the time zones of listed backfills: the API does not show that of a DAG."""
    for row in data.get("backfills", ()):
        del row["timezone"]
    return data


def test_time_zone_that_the_api_does_not_show_is_asked_for(platform: LivePlatform, elsewhere: Elsewhere) -> None:
    words = ("backfill", "live_new_york", "--from", "2023-03-10", "--to", "2023-03-14", "--unpause")
    assert elsewhere.code(*words) == "unknown-timezone"
    elsewhere.json("config", "set", "dag_timezones", "live_new_york=America/New_York")
    assert elsewhere.json(*words, "--dry-run") == platform.json(*words, "--dry-run")["data"]


def test_status_is_read_by_the_api(elsewhere: Elsewhere) -> None:
    found = elsewhere.json("status")
    assert (found["healthy"], found["api_url"], found["services"]) == (True, elsewhere.url, [])
    assert set(found["components"].values()) == {"healthy"}


def test_entries_are_set_and_deleted(elsewhere: Elsewhere, platform: LivePlatform) -> None:
    elsewhere.json("connection", "set", "from_afar", "--type", "http", "--host", "example.com")
    elsewhere.json("variable", "set", "from_afar", "1")
    assert "from_afar" in [row["name"] for row in platform.json("connection", "list")["data"]["connections"]]
    elsewhere.json("connection", "delete", "from_afar", "--yes")
    elsewhere.json("variable", "delete", "from_afar", "--yes")
    assert "from_afar" not in [row["name"] for row in platform.json("variable", "list")["data"]["variables"]]


def test_run_is_triggered_and_its_log_is_read(elsewhere: Elsewhere) -> None:
    run = elsewhere.json("trigger", PER_RUN, "--date", "2023-06-01", "--wait")
    assert run["state"] == "success"
    assert elsewhere.run("logs", PER_RUN, "work", "--date", "2023-06-01").code == 0


def test_dag_is_paused_and_unpaused(elsewhere: Elsewhere) -> None:
    assert elsewhere.json("dags", "pause", PER_RUN)["steps"][0]["state"] == "changed"
    assert elsewhere.code("backfill", PER_RUN, "--from", "2023-06-02", "--to", "2023-06-02") == "paused"
    assert elsewhere.json("dags", "unpause", PER_RUN)["steps"][0]["state"] == "changed"


@pytest.mark.parametrize(("dag", "first"), [(NATIVE, "2023-07-01"), (PER_RUN, "2023-07-11")])
def test_backfill_is_paused_resumed_and_cancelled(
    elsewhere: Elsewhere, platform: LivePlatform, morning: Path, dag: str, first: str
) -> None:
    last = f"{first[:8]}{int(first[8:]) + 5:02}"
    maker = elsewhere.start(
        "--context", "prod", "backfill", dag, "--from", first, "--to", last, "--unpause", "--conf", '{"sleep": 120}',
    )  # fmt: skip
    try:
        found = wait_for_runs(elsewhere, dag)
        assert found["counts"]["total"] == 6
        assert {**found, "counts": None} == {**active(platform.json("backfills", "list", dag)["data"]), "counts": None}
        number = str(found["id"])
        assert elsewhere.json("backfills", "pause", number)["backfill"]["state"] == "paused"
        assert elsewhere.json("backfills", "resume", number)["backfill"]["state"] == "running"
        ended = elsewhere.json("backfills", "cancel", number, "--yes")["backfill"]
        assert (ended["state"], ended["counts"]["failed"]) == ("cancelled", 6)
        assert platform.json("backfills", "list", dag)["data"]["backfills"][0]["state"] == "cancelled"
        maker.communicate(timeout=120)
        assert maker.returncode == 1
    finally:
        maker.kill()
        maker.communicate()
        morning.touch()
    ran = elsewhere.run("backfill", dag, "--from", first, "--to", last, "--json")
    assert (ran.code, ran.json["data"]["counts"]["success"]) == (0, 6), ran.out + ran.err


def test_ctrl_c_detaches_and_the_backfill_is_watched_to_its_end(elsewhere: Elsewhere, morning: Path) -> None:
    maker = elsewhere.start(
        "--context", "prod", "backfill", NATIVE, "--from", "2023-08-01", "--to", "2023-08-04", "--unpause",
        "--conf", '{"sleep": 60}',
    )  # fmt: skip
    number = str(wait_for_runs(elsewhere, NATIVE)["id"])
    maker.send_signal(signal.SIGINT)
    _, err = maker.communicate(timeout=60)
    assert maker.returncode == 130
    assert f"mlopsctl --context prod backfills watch {number}" in err
    morning.touch()
    assert elsewhere.json("backfills", "watch", number)["counts"]["success"] == 4


def wait_for_runs(elsewhere: Elsewhere, dag: str) -> dict[str, Any]:
    """Its active backfill, as soon as all its runs exist and one is running."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = [b for b in elsewhere.json("backfills", "list", dag)["backfills"] if b["state"] == "running"]
        if found and found[0]["counts"]["running"] and found[0]["counts"]["total"] >= 4:
            time.sleep(2)
            return active(elsewhere.json("backfills", "list", dag))
    raise AssertionError(f"no backfill of {dag} runs")


def active(listed: dict[str, Any]) -> dict[str, Any]:
    (found,) = [backfill for backfill in listed["backfills"] if backfill["state"] == "running"]
    return dict(found)
