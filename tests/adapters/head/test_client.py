"""The client of a worker host, with the API that it talks to. Real connections are in tests/live."""

import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from mlopsctl.adapters.head import client
from mlopsctl.adapters.head.client import HeadClient
from mlopsctl.adapters.tls.authority import Authority, new_request
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import WORKER_SOURCE, Report, Wanted
from mlopsctl.operations.workers.head_api import HeadApi
from mlopsctl.operations.workers.registry import Registry

REPORT = Report(True, True, 4, ("default",), "3.3.2", "abc", 1.0, 2.0, 3.0, ("task-1",), executors="CeleryExecutor")
SECRET = "s" * 32


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.dags.mkdir(parents=True)
    (home.dags / "daily.py").write_text("x = 1\n")
    Authority(home.authority).create()
    return home


@pytest.fixture
def host(home: Home, monkeypatch: pytest.MonkeyPatch) -> HeadClient:
    """A host that has joined, on the API itself, without a network."""

    def connect(**_: Any) -> TestClient:
        return TestClient(HeadApi(home, lambda _: {}, dict).app(), client=(WORKER_SOURCE, 5000))

    monkeypatch.setattr(httpx, "Client", connect)
    return HeadClient(1, Registry(home).add("w1"))


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the head answer in this way."""

    def use(handler: Callable[[httpx.Request], httpx.Response]) -> None:
        made = partial(httpx.Client, transport=httpx.MockTransport(handler))
        monkeypatch.setattr(httpx, "Client", made)

    return use


def test_a_report_arrives_whole_and_is_answered(home: Home, host: HeadClient) -> None:
    Registry(home).want("w1", Wanted.DRAIN)
    told = host.report(REPORT)
    assert told.wanted is Wanted.DRAIN and len(told.dags_revision) == 12
    assert Registry(home).find("w1").report == REPORT


def test_dag_files_come_with_their_revision(host: HeadClient) -> None:
    revision, archive = host.dags()
    assert revision == host.report(REPORT).dags_revision and archive[:2] == b"\x1f\x8b"


def test_a_log_grows_by_what_is_sent(home: Home, host: HeadClient) -> None:
    path = "dag_id=a b/run_id=manual__2024-01-01T00:00:00+00:00/task_id=t%?#é/attempt=1.log"
    assert [host.send_log(path, offset, b"one\n") for offset in (0, 4, 99)] == [4, 8, 8]
    assert (home.task_logs / f"{path}.w1.log").read_bytes() == b"one\none\n"


def test_a_certificate_is_not_renewed_too_early(home: Home, host: HeadClient) -> None:
    request = new_request("w1")[1]
    Authority(home.authority).sign(request, "w1")
    with pytest.raises(MlopsctlError) as raised:
        host.renew(request)
    assert raised.value.code == "not-yet" and raised.value.hint
    Authority(home.authority).revoke("w1")
    assert b"BEGIN CERTIFICATE" in host.renew(request)


def test_a_host_that_was_removed_is_told_so(home: Home, host: HeadClient) -> None:
    Registry(home).remove("w1")
    with pytest.raises(MlopsctlError) as raised:
        host.report(REPORT)
    assert raised.value.code == client.REMOVED and raised.value.hint


def test_a_refusal_has_the_head_s_own_words(host: HeadClient) -> None:
    with pytest.raises(MlopsctlError, match="not the path of a task's log") as raised:
        host.send_log("x.log", 0, b"one")
    assert raised.value.hint.note == "the file stays on the worker host"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"text"'])
def test_a_failure_without_words_is_an_error_too(answer: Callable[..., None], body: bytes) -> None:
    answer(lambda _: httpx.Response(500, content=body))
    with pytest.raises(MlopsctlError, match="refused GET /dags: 500") as raised:
        HeadClient(1, "t").dags()
    assert raised.value.hint and not isinstance(raised.value, Unavailable)


@pytest.mark.parametrize("content", [{}, {"wanted": "dance", "dags_revision": "", "ordered": 0.0}])
def test_an_answer_of_another_version_is_an_error(answer: Callable[..., None], content: dict[str, Any]) -> None:
    answer(lambda _: httpx.Response(200, json=content))
    with pytest.raises(MlopsctlError) as raised:
        HeadClient(1, "t").report(REPORT)
    assert raised.value.code == "version"


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_head_that_does_not_answer_is_unavailable(
    answer: Callable[..., None], error: type[httpx.TransportError]
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("")

    answer(fail)
    with pytest.raises(Unavailable) as raised:
        HeadClient(1, "t").report(REPORT)
    assert raised.value.hint


def test_the_token_of_a_host_is_in_no_text() -> None:
    assert "hunter2" not in repr(HeadClient(1, "hunter2"))


class Head:
    """Answers a host that joins. `asked`: the methods and paths, with the names in TLS."""

    def __init__(self, authority: bytes) -> None:
        self.authority = authority
        self.asked: list[tuple[str, str, str]] = []
        self.posted = b""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, request.extensions["sni_hostname"]))
        if request.method == "GET":
            return httpx.Response(200, content=self.authority)
        self.posted = request.content
        return httpx.Response(200, json={"token": "t"})


def test_a_host_joins_the_head_of_its_token(home: Home, answer: Callable[..., None]) -> None:
    authority = Authority(home.authority)
    head = Head(authority.certificate.read_bytes())
    answer(head)
    joined = client.join(JoinToken("fd00::5", 8443, authority.fingerprint, SECRET), {"name": "w1"})
    assert joined == {"token": "t", "authority": head.authority.decode()}
    assert head.asked == [("GET", "/authority", "join"), ("POST", "/join", "join")]
    assert SECRET.encode() in head.posted


@pytest.mark.parametrize("kind", ["another authority", "nonsense"])
def test_another_head_does_not_get_the_secret(
    home: Home, tmp_path: Path, answer: Callable[..., None], kind: str
) -> None:
    other = Authority(tmp_path / "other")
    other.create()
    head = Head(other.certificate.read_bytes() if kind == "another authority" else b"nonsense")
    answer(head)
    with pytest.raises(MlopsctlError) as raised:
        client.join(JoinToken("10.0.0.1", 8443, Authority(home.authority).fingerprint, SECRET), {})
    assert (raised.value.code, head.posted) == ("foreign-head", b"")


def test_the_secret_is_sent_only_to_who_has_a_certificate_of_the_authority(
    home: Home, answer: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stands in between can pass on the authority's certificate, which is no secret."""
    authority = Authority(home.authority)
    answer(Head(authority.certificate.read_bytes()))
    used: list[Any] = []
    made = httpx.Client

    def connect(**how: Any) -> httpx.Client:
        used.append(how["verify"])
        return made(**how)

    monkeypatch.setattr(httpx, "Client", connect)
    client.join(JoinToken("10.0.0.1", 8443, authority.fingerprint, SECRET), {})
    look_up, post = used
    assert look_up is False and isinstance(post, ssl.SSLContext)
    assert (post.verify_mode, post.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert [found["subject"] for found in post.get_ca_certs()] == [((("commonName", "mlopsctl"),),)]
