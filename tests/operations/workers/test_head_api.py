"""The API of the head for worker hosts: who may do what."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from starlette.testclient import TestClient

from mlopsctl.adapters.files import lock
from mlopsctl.adapters.tls import authority
from mlopsctl.adapters.tls.authority import Authority, new_request, read_certificate, request_for
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import OPEN_SOURCE, WORKER_SOURCE, Report, Wanted
from mlopsctl.operations.workers import dag_files
from mlopsctl.operations.workers.dag_files import DagFiles, ReceivedDagFiles
from mlopsctl.operations.workers.head_api import DAGS_INTERVAL, LONGEST_BODY, HeadApi
from mlopsctl.operations.workers.registry import Registry
from tests.fake_clock import FakeClock

REPORT = Report(True, True, 4, ("default",), "3.3.2", "abc", 1.0, 2.0, 3.0, ("task-1",), revision="r1")
WITH_TOKEN = {"/report": "POST", "/dags": "GET", "/logs/a.log": "POST", "/certificate": "POST", "/leave": "POST"}
OPEN = {"/authority": "GET", "/join": "POST"}


def join(content: Mapping[str, Any]) -> dict[str, Any]:
    if content.get("secret") != "right":
        raise MlopsctlError("the token was used already.", hint="get another one", code="token")
    return {"certificate": "…"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.dags.mkdir(parents=True)
    (home.dags / "daily.py").write_text("x = 1\n")
    Authority(home.authority).create()
    return home


@pytest.fixture
def client(home: Home) -> Callable[..., TestClient]:
    """`source`: the address that the tunnel connects from. `token`: of a host."""

    def make(source: str = WORKER_SOURCE, token: str = "") -> TestClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return TestClient(
            HeadApi(home, join, lambda: {"revision": "r1"}).app(), client=(source, 50000), headers=headers
        )

    return make


@pytest.mark.parametrize("source", [OPEN_SOURCE, "127.0.0.1", "10.0.0.9"])
@pytest.mark.parametrize("path", WITH_TOKEN)
def test_without_a_certificate_even_a_token_is_refused(
    home: Home, client: Callable[..., TestClient], path: str, source: str
) -> None:
    token = Registry(home).add("w1")
    assert client(source, token).request(WITH_TOKEN[path], path).status_code == 403


@pytest.mark.parametrize("path", WITH_TOKEN)
@pytest.mark.parametrize("token", ["", "guessed"])
def test_a_host_needs_its_token(client: Callable[..., TestClient], path: str, token: str) -> None:
    assert client(token=token).request(WITH_TOKEN[path], path).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_hosts_join_on_their_own_way(client: Callable[..., TestClient], path: str) -> None:
    assert client(WORKER_SOURCE).request(OPEN[path], path).status_code == 403


def test_a_host_joins(home: Home, client: Callable[..., TestClient]) -> None:
    found = client(OPEN_SOURCE)
    assert found.get("/authority").content == Authority(home.authority).certificate.read_bytes()
    assert found.post("/join", json={"secret": "right"}).json() == {"certificate": "…"}
    refused = found.post("/join", json={"secret": "wrong"})
    assert (refused.status_code, refused.json()) == (
        409, {"code": "token", "message": "the token was used already.", "hint": "get another one"},
    )  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[]", b"{" + b" " * LONGEST_BODY + b"}"])
def test_nonsense_is_refused(client: Callable[..., TestClient], content: bytes) -> None:
    assert client(OPEN_SOURCE).post("/join", content=content).status_code in (400, 413)


def test_a_report_is_answered_with_what_the_host_is_to_do(home: Home, client: Callable[..., TestClient]) -> None:
    registry = Registry(home)
    host = client(token=registry.add("w1"))
    first = host.post("/report", json=asdict(REPORT)).json()
    assert (first["wanted"], registry.find("w1").report) == ("run", REPORT)
    registry.want("w1", Wanted.DRAIN)
    assert host.post("/report", json=asdict(REPORT)).json() == first | {
        "wanted": "drain",
        "ordered": registry.find("w1").ordered,
    }
    assert host.post("/report", json={"ready": True}).status_code == 400


def test_hosts_take_no_tasks_while_the_head_changes_what_they_need(
    home: Home, client: Callable[..., TestClient]
) -> None:
    host = client(token=Registry(home).add("w1"))
    with lock(home.hold):
        assert host.post("/report", json=asdict(REPORT)).json()["wanted"] == "drain"
        Registry(home).want("w1", Wanted.STOP)
        assert host.post("/report", json=asdict(REPORT)).json()["wanted"] == "stop"
    Registry(home).want("w1", Wanted.RUN)
    assert host.post("/report", json=asdict(REPORT)).json()["wanted"] == "run"


def test_a_host_that_was_stopped_takes_tasks_again_when_it_is_started(
    home: Home, client: Callable[..., TestClient]
) -> None:
    registry = Registry(home)
    host = client(token=registry.add("w1"))
    registry.want("w1", Wanted.STOP)
    assert host.post("/report", json=asdict(REPORT)).json()["wanted"] == "stop"
    assert host.post("/report", json=asdict(REPORT) | {"first": True}).json()["wanted"] == "run"


def test_a_host_gets_the_dag_files_of_the_revision_that_it_is_told(
    home: Home, client: Callable[..., TestClient], tmp_path: Path
) -> None:
    host = client(token=Registry(home).add("w1"))
    told = host.post("/report", json=asdict(REPORT)).json()["dags_revision"]
    answer = host.get("/dags")
    received = ReceivedDagFiles(tmp_path / "received", tmp_path / "link")
    received.take(answer.headers["ETag"], answer.content)
    asked = host.head("/dags")
    assert (asked.headers["ETag"], asked.content) == (told, b"")
    assert received.revision == told and (received.link / "daily.py").read_text() == "x = 1\n"


def test_a_host_adds_to_its_own_logs_only(home: Home, client: Callable[..., TestClient]) -> None:
    registry = Registry(home)
    w1, w2 = (client(token=registry.add(name)) for name in ("w1", "w2"))
    for host, content in ((w1, b"one\n"), (w2, b"two two\n")):
        sent = host.post("/logs/dag_id=d/attempt=1.log", params={"offset": 0}, content=content)
        assert sent.json() == {"size": len(content)}
    assert w1.post("/logs/dag_id=d/attempt=1.log", params={"offset": "x"}, content=b"").status_code == 400
    for path in ("..%2Fx.log", "dag_id=d%2F..%2F..%2F..%2Fx.log", "x.log"):
        assert w1.post(f"/logs/{path}", params={"offset": 0}, content=b"x").status_code == 400
    written = {path.name: path.read_text() for path in home.task_logs.rglob("*") if path.is_file()}
    assert written == {"attempt=1.log.w1.log": "one\n", "attempt=1.log.w2.log": "two two\n"}


def test_a_host_is_told_what_to_do_also_if_there_are_too_many_dag_files(
    home: Home, client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dag_files, "MAX_BYTES", 1)
    registry = Registry(home)
    host = client(token=registry.add("w1"))
    registry.want("w1", Wanted.DRAIN)
    told = host.post("/report", json=asdict(REPORT)).json()
    assert (told["wanted"], told["dags_revision"]) == ("drain", "")
    assert host.get("/dags").json()["code"] == "dags-too-big"


def test_many_hosts_ask_for_dag_files_and_they_are_read_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def count(name: str) -> None:
        original = getattr(DagFiles, name)

        def counted(files: DagFiles) -> Any:
            looked.append(name)
            return original(files)

        monkeypatch.setattr(DagFiles, name, counted)

    count("revision")
    count("archive")
    clock, registry = FakeClock(1.0), Registry(home)
    api = HeadApi(home, join, lambda: {"revision": "r1"}, clock).app()
    hosts = [
        TestClient(api, client=(WORKER_SOURCE, 5000), headers={"Authorization": f"Bearer {registry.add(f'w{i}')}"})
        for i in range(5)
    ]
    told = [host.post("/report", json=asdict(REPORT)).json()["dags_revision"] for host in hosts]
    assert len(set(told)) == 1 and looked == ["revision"]
    archives = [host.get("/dags") for host in hosts]
    assert {answer.headers["ETag"] for answer in archives} == set(told) and looked.count("archive") == 1
    (home.dags / "daily.py").write_text("x = 22\n")
    clock.sleep(DAGS_INTERVAL)
    changed = hosts[0].post("/report", json=asdict(REPORT)).json()["dags_revision"]
    assert changed not in told
    again = hosts[0].get("/dags")
    assert again.headers["ETag"] == changed and again.content != archives[0].content


def test_of_two_hosts_that_join_at_once_the_second_finds_what_the_first_left(home: Home) -> None:
    """Otherwise the certificate of the first would be known under the name of the second only, and not be revoked."""
    both, at_once = Barrier(2), []

    def join(content: Mapping[str, Any]) -> dict[str, Any]:
        with suppress(BrokenBarrierError):
            both.wait(0.1)
            at_once.append(content["name"])
        return {}

    found = TestClient(HeadApi(home, join, lambda: {"revision": "r1"}).app(), client=(OPEN_SOURCE, 50000))
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda name: found.post("/join", json={"name": name}), ("w1", "w2")))
    assert [answer.json() for answer in answers] == [{}, {}] and at_once == []


def near_its_end(home: Home, name: str, patch: pytest.MonkeyPatch) -> bytes:
    """A certificate that ends in 30 days, and its key."""
    key, request = new_request(name)
    with patch.context() as short:
        short.setattr(authority, "HOST_DAYS", 30)
        Authority(home.authority).sign(request, name)
    return key


def test_a_certificate_is_renewed_for_the_host_of_the_token(
    home: Home, client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = client(token=Registry(home).add("w1"))
    key = near_its_end(home, "w1", monkeypatch)
    assert host.post("/certificate", json={"request": "nonsense"}).status_code == 400
    answer = host.post("/certificate", json={"request": request_for(key, "another-host").decode()}).json()
    assert read_certificate(answer["certificate"].encode()).name == "w1"
    again = host.post("/certificate", json={"request": request_for(key, "w1").decode()})
    assert again.json()["code"] == "not-yet"


@pytest.mark.parametrize("depth", [10, 20_000])
def test_nested_nonsense_is_refused(client: Callable[..., TestClient], depth: int) -> None:
    assert client(OPEN_SOURCE).post("/join", content=b"[" * depth).status_code == 400


def test_a_host_that_leaves_is_forgotten_and_its_certificate_revoked(
    home: Home, client: Callable[..., TestClient]
) -> None:
    authority, registry = Authority(home.authority), Registry(home)
    host = client(token=registry.add("w1"))
    authority.sign(new_request("w1")[1], "w1")
    before = authority.revoked.read_bytes()
    assert host.post("/leave").status_code == 200
    assert (registry.workers(), host.post("/leave").status_code) == ([], 401)
    assert authority.revoked.read_bytes() != before
