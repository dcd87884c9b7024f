"""Tasks on worker hosts: joining, queues, hosts that are lost, and who is let in. The tests build on each other: each
leaves all workers ready, until the last one removes one."""

import configparser
import json
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.task_processes import running_task_ids
from mlopsctl.adapters.supervisor.control import Supervisor
from mlopsctl.adapters.tls.authority import Authority, new_request
from mlopsctl.core import settings
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.paths import Home
from tests.live.cluster import PORT, Cluster, HostPlatform, cluster
from tests.live.conftest import Result, environment, new_home
from tests.live.hosts import Host, require_namespaces

pytestmark = pytest.mark.live

SERVICES = ("workers", "api", "redis", "mariadb")  # that the tunnel leads to
ALL_READY = {"head": "ready", "w1": "ready", "w2": "ready"}
MAIN = "live_spread"


@pytest.fixture(scope="module")
def hosts() -> Iterator[Cluster]:
    require_namespaces()
    with cluster() as made:
        yield made


@pytest.fixture
def folder(hosts: Cluster) -> Iterator[Path]:
    """For the files of one test's tasks; see tests/live/dags/live_workers."""
    made = hosts.folder / str(time.time())
    made.mkdir()
    yield made
    made.joinpath("morning").touch()


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_backfill(hosts: Cluster, folder: Path) -> Iterator[Start]:
    """Start one whose tasks take so many seconds, beside the test; ended with it."""
    begun: list[subprocess.Popen[str]] = []

    def start(first: str, last: str, seconds: float) -> "subprocess.Popen[str]":
        conf = json.dumps({"folder": str(folder), "seconds": seconds})
        words = ("backfill", MAIN, "--from", first, "--to", last, "--conf", conf, "--unpause", "--yes", "--json")
        begun.append(
            subprocess.Popen(
                hosts.head.command(*words), env=environment(), text=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        )  # fmt: skip
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def finish(process: "subprocess.Popen[str]", timeout: float = 400) -> Result:
    out, err = process.communicate(timeout=timeout)
    return Result(process.returncode, out, err)


def notes(folder: Path) -> list[tuple[str, str, int, float]]:
    """Of each try of a task that began: its date, host, number and time."""
    lines = folder.joinpath("notes").read_text().splitlines() if folder.joinpath("notes").exists() else []
    assert not [line for line in lines if line.endswith("twice")], "a task ran twice at once"
    return [(ds, host, int(number), float(at)) for ds, host, number, at in map(str.split, lines)]


def at_work(worker: HostPlatform) -> set[str]:
    """The task instances of one host."""
    return running_task_ids(Supervisor(Home(worker.home)))


def test_hosts_that_joined_are_ready(hosts: Cluster) -> None:
    rows = hosts.listed()
    assert [(name, row["state"], row["slots"], row["queues"]) for name, row in rows.items()] == [
        ("head", "ready", rows["head"]["slots"], ["default", "head"]),
        ("w1", "ready", 4, ["default"]),
        ("w2", "ready", 2, ["default", "gpu"]),
    ]
    assert len({(row["version"], row["dags_revision"]) for row in rows.values()}) == 1
    again = hosts.workers[0].json("worker", "join", hosts.token())
    assert {step["state"] for step in again["data"]["steps"]} == {"ok"}
    assert hosts.head.json("status")["data"]["healthy"] is True


def test_doctor_finds_no_problem_on_any_host(hosts: Cluster) -> None:
    for platform, names in ((hosts.head, {"broker", "keys"}), (hosts.workers[0], {"head", "venv"})):
        verdicts = {check["name"]: check["verdict"] for check in platform.json("doctor")["data"]["checks"]}
        assert {verdicts[name] for name in names} == {"ok"}


def test_worker_host_has_no_secret_of_the_head(hosts: Cluster) -> None:
    home, head = hosts.workers[0].home, hosts.head.home
    config = configparser.RawConfigParser()
    config.read(home / "airflow" / "airflow.cfg")
    absent = [
        ("database", "sql_alchemy_conn"),
        ("core", "fernet_key"),
        ("api_auth", "jwt_secret"),
        ("api", "secret_key"),
    ]
    assert not [option for option in absent if config.has_option(*option)]
    secrets = {f.read_text().strip() for f in (head / "secrets").iterdir() if f.is_file()}
    secrets -= {(head / "secrets" / "redis-celery-password").read_text().strip()}
    own = [p for folder in ("airflow", "secrets", "run") for p in (home / folder).rglob("*") if p.is_file()]
    known = {p for p in own for secret in secrets if len(secret) > 7 and secret.encode() in p.read_bytes()}
    assert not known
    private = [home / "airflow" / "airflow.cfg", *(p for p in (home / "secrets").rglob("*") if p.is_file())]
    assert {stat.S_IMODE(p.stat().st_mode) for p in private} == {0o600}


def listening(host: Host) -> set[tuple[str, int]]:
    """Where it listens beyond its loopback."""
    script = "import psutil; print(*{f'{c.laddr.ip} {c.laddr.port}' for c in psutil.net_connections('inet') if c.status"
    lines = host.run(sys.executable, "-c", f"{script} == 'LISTEN'}}, sep='\\n')").splitlines()
    found = {(address, int(port)) for address, port in map(str.split, lines)}
    return {(address, port) for address, port in found if not address.startswith("127.")}


def test_only_the_tunnel_listens_beyond_loopback(hosts: Cluster) -> None:
    assert listening(hosts.head.host) == {(hosts.head.host.address, PORT)}
    assert [listening(worker.host) for worker in hosts.workers] == [set(), set()]


def test_token_is_refused(hosts: Cluster) -> None:
    """One that nobody made, one that was used, one that is out of date, one of another head, and none at all."""
    stranger = HostPlatform(new_home("stranger"), hosts.stranger)
    valid, expired = JoinToken.parse(hosts.token()), hosts.token("--ttl", "1s")
    tokens = [
        ("usage", "secret"),
        ("foreign-head", str(replace(valid, fingerprint="0" * 64))),
        ("token", str(replace(valid, secret="x" * 32))),
        ("token", hosts.used),
        ("token", expired),
    ]
    try:
        for code, token in tokens:
            refused = stranger.mlopsctl("worker", "join", token, "--json")
            assert (refused.code, refused.json["errors"][0]["code"]) == (2 if code == "usage" else 1, code)
            assert not Home(stranger.home).membership.exists()
        taken = stranger.mlopsctl("worker", "join", str(valid), "--name", "w1", "--json")
        assert (taken.code, taken.json["errors"][0]["code"]) == (1, "worker-exists")
        assert stranger.json("worker", "join", str(valid), "--dry-run")["status"] == "planned"
    finally:
        shutil.rmtree(stranger.home.parent)


ASK = """
import socket, ssl, sys
address, port, name, *identity = sys.argv[1:]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
if identity:
    context.load_cert_chain(*identity)
try:
    with socket.create_connection((address, int(port)), 5) as plain:
        with context.wrap_socket(plain, server_hostname=name) as connection:
            connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            print("answer" if connection.recv(64) else "refused")
except OSError as e:
    print("refused")
"""


def ask(hosts: Cluster, service: str, *identity: Path, port: int = PORT) -> str:
    """What the stranger gets from the head: `answer` or `refused`."""
    words = (hosts.head.host.address, str(port), service, *map(str, identity))
    return hosts.stranger.run(sys.executable, "-c", ASK, *words).strip()


def identity(worker: HostPlatform) -> tuple[Path, Path]:
    folder = Home(worker.home).tunnel
    return folder / "host.crt", folder / "host.key"


def test_stranger_reaches_no_service(hosts: Cluster, tmp_path: Path) -> None:
    """Without a certificate, or with one of another authority; with that of a host, all answer."""
    other = Authority(tmp_path / "authority")
    other.create()
    key, request = new_request("w1")
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "certificate").write_bytes(other.sign(request, "w1").pem)
    foreign = (tmp_path / "certificate", tmp_path / "key")
    names = (*SERVICES, "other")
    assert {ask(hosts, name, *shown) for name, shown in product(names, ((), foreign))} == {"refused"}
    assert {ask(hosts, service, *identity(hosts.workers[0])) for service in SERVICES} == {"answer"}
    assert ask(hosts, "join") == "answer"
    known = settings.load(Home(hosts.head.home).config)
    ports = (known.api_port, known.redis_port, known.mariadb_port, known.worker_api_port)
    assert {ask(hosts, "plain", port=port) for port in ports} == {"refused"}


def test_queue_waits_for_a_worker(hosts: Cluster) -> None:
    w2 = hosts.workers[1]
    assert hosts.head.json("worker", "drain", "w2")["data"]["steps"][0]["state"] == "changed"
    assert hosts.states()["w2"] == "drained"
    hosts.head.json("trigger", "live_queues", "--date", "2024-01-01")
    hosts.wait(lambda: hosts.queue("gpu").get("waiting") == 1)
    queue = hosts.queue("gpu")
    assert (queue["workers"], queue["slots"], queue["oldest_seconds"] > 0) == (0, 0, True)
    (check,) = hosts.head.mlopsctl("doctor", "--only", "queues", "--json").json["data"]["checks"]
    assert check["verdict"] == "error" and "worker start w2" in check["hint"]
    hosts.head.json("worker", "start", "w2")
    assert hosts.states() == ALL_READY
    query = "SELECT task_id, queue, hostname, state FROM task_instance WHERE dag_id = 'live_queues' ORDER BY 1 DESC"
    hosts.wait(lambda: all(line.endswith("|success") for line in hosts.sql(query)))
    train = hosts.sql(query)[0].split("|")
    assert train == ["train", "gpu", "w2", "success"]
    assert w2.json("status")["data"]["healthy"] is True


def test_cancel_waits_for_remote_tasks(hosts: Cluster, start_backfill: Start) -> None:
    maker = start_backfill("2023-02-01", "2023-02-20", 120)
    hosts.wait(lambda: all(map(at_work, hosts.workers)))
    cancelled = hosts.head.json("backfills", "cancel", MAIN, "--yes")
    assert not any(map(at_work, (hosts.head, *hosts.workers)))
    assert cancelled["data"]["backfill"]["state"] == "cancelled"
    assert finish(maker).code == 1


def test_stop_ends_a_host_after_its_tasks(hosts: Cluster, folder: Path, start_backfill: Start) -> None:
    w2 = hosts.workers[1]
    maker = start_backfill("2023-03-01", "2023-03-12", 4)
    hosts.wait(lambda: bool(at_work(w2)))
    hosts.head.json("worker", "stop", "w2")
    assert (hosts.states()["w2"], at_work(w2)) == ("stopped", set())
    made = finish(maker)
    assert made.code == 0, made.out + made.err
    assert {number for _, _, number, _ in notes(folder)} == {1}, "no task was tried again"
    hosts.wait(lambda: not w2.processes())
    w2.json("start")
    hosts.wait(lambda: hosts.states() == ALL_READY)


def test_backfill_survives_a_lost_host_and_restarts(hosts: Cluster, folder: Path, start_backfill: Start) -> None:
    """Only tasks of the lost host are tried again; and its logs are there when it is gone."""
    w1, w2 = hosts.workers
    head = hosts.head
    maker = start_backfill("2023-04", "2023-05", 5)
    hosts.wait(lambda: len([host for _, host, *_ in notes(folder) if host == "w2"]) > 2)
    w2.kill()
    lost = time.time()
    (agent,) = [p for p in w1.processes() if "agent" in p.cmdline()]
    agent.kill()
    head.json("restart", "api-server")
    w1.json("restart", "tunnel")
    head.json("stop", "redis")
    time.sleep(10)
    head.json("start", "redis")
    made = finish(maker)
    assert made.code == 0, made.out + made.err
    assert made.json["data"]["counts"]["success"] == 61
    tries = notes(folder)
    since = f"dag_id = '{MAIN}' AND end_date > to_timestamp({lost})"
    failed = f"FROM task_instance_history WHERE {since}"
    assert hosts.sql(f"SELECT DISTINCT hostname {failed}") == ["w2"]
    assert hosts.sql(f"SELECT max(try_number) FROM task_instance WHERE {since}") == ["2"]
    (noticed,) = hosts.sql(f"SELECT extract(epoch FROM min(end_date)) - {lost} {failed}")
    assert float(noticed) < 60, "until the tasks of the lost host count as failed"
    ended = next(ds for ds, host, number, _ in tries if host == "w2")
    log = head.mlopsctl("logs", MAIN, "work", "--date", ended, "--try", "1")
    assert (log.code, "at work on w2" in log.out) == (0, True), log.out + log.err
    assert hosts.states() == ALL_READY | {"w2": "dead"}
    w2.json("start")
    hosts.wait(lambda: hosts.states() == ALL_READY)


def test_removed_host_is_refused(hosts: Cluster) -> None:
    w2 = hosts.workers[1]
    assert hosts.head.mlopsctl("worker", "remove", "w2").code == 1  # cannot ask without a terminal
    hosts.head.json("worker", "remove", "w2", "--yes")
    assert set(hosts.states()) == {"head", "w1"}
    assert {ask(hosts, service, *identity(w2)) for service in SERVICES} == {"refused"}
    assert {ask(hosts, service, *identity(hosts.workers[0])) for service in SERVICES} == {"answer"}
    hosts.wait(lambda: hosts.states() == {"head": "ready", "w1": "ready"})
