"""A mail server and a web server in this process, which keep what the real Airflow tells them."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

PATH = "/hook/T0123456789/abcdefghijklmnop"  # as chat services give them: who knows it may post
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

    def of(self, dag_id: str, what: str, seconds: float = 100) -> tuple[list[EmailMessage], list[tuple[str, Json]]]:
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


@contextmanager
def listening(secret: Path) -> Iterator[tuple[Inbox, tuple[str, ...]]]:
    """An inbox, and the options of `setup` that lead to it. `secret`: where the webhook's URL is written."""
    inbox = Inbox()
    web = webhook(inbox)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]  # Controller connects to the port that it is given, and does not accept 0
    mail = Controller(inbox, hostname="127.0.0.1", port=port)
    mail.start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    secret.write_text(f"http://127.0.0.1:{web.server_address[1]}{PATH}\n")
    to = ("--alert-email", "ops@example.com,dev@example.com", "--alert-webhook", f"@{secret}")
    try:
        yield inbox, (*to, "--alert-smtp", f"smtp://127.0.0.1:{port}")
    finally:
        mail.stop()
        web.shutdown()
