"""Messages about failed and late runs, sent by the real Airflow to a mail server and a web server in this process."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from mlopsctl.adapters.airflow_http import AirflowHttp
from mlopsctl.paths import Home
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

PATH = "/hook/T0123456789/abcdefghijklmnop"  # as chat services give them: who knows it may post
KEYS = {"text", "what", "dag", "task", "run", "date", "error", "link", "command"}
Json = dict[str, Any]


class Inbox:
    """What came by mail and by webhook."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.posts: list[tuple[str, Json]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Recipients"] = ",".join(envelope.rcpt_tos)
        self.mails.append(message)
        return "250 OK"

    def of(self, dag_id: str, what: str, seconds: float = 60) -> tuple[list[EmailMessage], list[tuple[str, Json]]]:
        """All about a DAG, as soon as there is one of each kind, and what else comes in the two seconds after that."""
        deadline = time.monotonic() + seconds
        while not (self._mails(dag_id, what) and self._posts(dag_id, what)):
            assert time.monotonic() < deadline, f"no message about {dag_id}: {self.mails} {self.posts}"
            time.sleep(0.2)
        time.sleep(2)
        return self._mails(dag_id, what), self._posts(dag_id, what)

    def _mails(self, dag_id: str, what: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if str(mail["Subject"]).startswith(f"{dag_id} {what}")]

    def _posts(self, dag_id: str, what: str) -> list[tuple[str, Json]]:
        return [post for post in self.posts if (post[1]["dag"], post[1]["what"]) == (dag_id, what)]


def webhook(inbox: Inbox) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.posts.append((self.path, json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def api(platform: LivePlatform) -> AirflowHttp:
    home = Home(platform.home)
    url = platform.json("status")["data"]["api_url"]
    return AirflowHttp(url, home.secret("service-password"), home.secret("api-token"))


def parsed_since(platform: LivePlatform, moment: datetime) -> None:
    """Wait until Airflow has read the DAGs of this test again."""
    http, deadline = api(platform), time.monotonic() + 60
    for dag_id in ("live_alerts_failing", "live_alerts_killed", "live_alerts_late"):
        path = f"/api/v2/dags/{dag_id}"
        while datetime.fromisoformat(http.send("GET", path)["last_parsed_time"]) < moment:
            assert time.monotonic() < deadline, f"{dag_id} is not read again"
            time.sleep(0.3)


def set_up(platform: LivePlatform, *words: str) -> None:
    """Set up again, which restarts Airflow and waits for it."""
    result = platform.mlopsctl("setup", "--yes", *words)
    assert result.code == 0, result.out + result.err


@pytest.fixture(scope="module")
def inbox(platform: LivePlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    """Alerts are set up for the tests of this file alone."""
    inbox = Inbox()
    web = webhook(inbox)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]  # Controller connects to the port that it is told, and takes no 0 for any
    mail = Controller(inbox, hostname="127.0.0.1", port=port)
    mail.start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    secret = tmp_path_factory.mktemp("secret") / "webhook"
    secret.write_text(f"http://127.0.0.1:{web.server_address[1]}{PATH}\n")
    before = datetime.now(UTC)
    to = ("--alert-email", "ops@example.com,dev@example.com", "--alert-webhook", f"@{secret}")
    try:
        set_up(platform, *to, "--alert-smtp", f"smtp://127.0.0.1:{port}")
        parsed_since(platform, before)
        yield inbox
    finally:
        set_up(platform, "--alert-email", "", "--alert-webhook", "")
        mail.stop()
        web.shutdown()


def secrets_of(platform: LivePlatform) -> list[str]:
    """All that is secret in this home, and the webhook's path."""
    files = (platform.home / "secrets").iterdir()
    words = re.findall(r"[\w-]{12,}", "\n".join(file.read_text() for file in files if file.is_file()))
    return [*(word for word in words if word not in str(platform.home)), PATH]


def test_a_failed_run_is_told_once_by_each_way_with_all_that_is_needed(platform: LivePlatform, inbox: Inbox) -> None:
    result = platform.mlopsctl("trigger", "live_alerts_failing", "--date", "2023-02-10", "--wait", "--json")
    assert result.json["data"]["state"] == "failed"
    run_id = result.json["data"]["run_id"]
    (mail,), ((path, post),) = inbox.of("live_alerts_failing", "failed")
    assert path == PATH and set(post) == KEYS
    assert (post["dag"], post["what"], post["date"], post["run"]) == (
        "live_alerts_failing", "failed", "2023-02-10", run_id,
    )  # fmt: skip
    assert post["task"] in ("broken", "broken_too")
    assert post["error"] == "ValueError: {{ no }} <data> for ***"
    url = platform.json("status")["data"]["api_url"]
    assert post["link"] == f"{url}/dags/live_alerts_failing/runs/{run_id}"
    assert post["command"] == (
        f"mlopsctl --home {platform.home} backfill live_alerts_failing --from 2023-02-10 --to 2023-02-10"
    )
    assert mail["Subject"] == "live_alerts_failing failed: 2023-02-10"
    assert mail["X-Recipients"] == "ops@example.com,dev@example.com"
    body = mail.get_body()
    assert body is not None
    html = body.get_content()
    assert "ValueError: {{ no }} &lt;data&gt; for ***" in html and post["command"] in html and post["link"] in html
    for secret in secrets_of(platform):
        assert secret not in html + json.dumps(post), "a secret was told"


def test_a_run_whose_process_was_killed_is_told_too(platform: LivePlatform, inbox: Inbox) -> None:
    assert platform.mlopsctl("trigger", "live_alerts_killed", "--wait").code == 1
    (_,), ((_, post),) = inbox.of("live_alerts_killed", "failed")
    assert (post["task"], post["command"]) == (
        "killed",
        f"mlopsctl --home {platform.home} trigger live_alerts_killed --wait",
    )
    assert post["error"]


def test_a_run_that_misses_its_deadline_is_told_while_it_runs(platform: LivePlatform, inbox: Inbox) -> None:
    platform.json("trigger", "live_alerts_late", "--date", "2023-02-04")
    (mail,), ((_, post),) = inbox.of("live_alerts_late", "late")
    (platform.home / "airflow" / "live-told").touch()
    assert set(post) == KEYS
    assert (post["task"], post["date"]) == ("slow", "2023-02-04")
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(rf"still running, and was to be done by {when} \(Asia/Seoul\)", post["error"])
    assert mail["Subject"] == "live_alerts_late late: 2023-02-04"


def test_no_secret_is_in_the_logs_of_what_sent_them(platform: LivePlatform, inbox: Inbox) -> None:
    inbox.of("live_alerts_failing", "failed")
    logs: list[Path] = [*(platform.home / "logs").glob("*.log"), *(platform.home / "airflow" / "logs").rglob("*.log")]
    assert not [file for file in logs if PATH in file.read_text(errors="replace")]
