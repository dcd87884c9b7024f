"""How alerts are sent: by Airflow's notifiers, through each channel named in MLOPSCTL_ALERTS."""

import os
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.alert_message import Alert

CHANNELS = "MLOPSCTL_ALERTS"  # environment variable: `email`, `webhook`, or both separated by a comma


def send(alert: "Alert") -> None:
    """Send through every channel. If one fails, the others are still tried, and its error is raised at the end."""
    with ExitStack() as stack:
        for channel in os.environ[CHANNELS].split(","):
            stack.callback(SENDERS[channel], alert)


def send_email(alert: "Alert") -> None:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
    from airflow.sdk import Variable

    # The arguments are Jinja templates, so values go through the context: an error may contain braces.
    notifier = SmtpNotifier(
        to=Variable.get("ALERT_EMAIL"), subject="{{ alert.subject }}", html_content="<pre>{{ alert.text | e }}</pre>"
    )
    notifier({"alert": alert})


def send_webhook(alert: "Alert") -> None:
    """Chat services show the key `text`; the other keys are for programs."""
    from airflow.providers.http.notifications.http import HttpNotifier
    from airflow.sdk import BaseHook

    values = {name: f"{{{{ alert.{name} }}}}" for name in ("text", *asdict(alert))}
    # The path of a webhook is usually its only secret. It is stored as the connection's password, so that Airflow
    # masks it in logs.
    path = BaseHook.get_connection("alert_webhook").password
    notifier = HttpNotifier(http_conn_id="alert_webhook", endpoint=path, json=values, extra_options={"timeout": 10})
    notifier({"alert": alert})


SENDERS = {"email": send_email, "webhook": send_webhook}
