"""Messages about failed and late runs, sent by the real Airflow to a mail server and a web server in this process."""

import json
import re
from pathlib import Path

import pytest

from tests.live.conftest import LivePlatform
from tests.live.inbox import PATH, Inbox

pytestmark = pytest.mark.live

KEYS = {"text", "what", "dag", "task", "run", "date", "error", "link", "command"}


def secrets_of(platform: LivePlatform) -> list[str]:
    """All that is secret in this home, and the webhook's path."""
    files = (platform.home / "secrets").iterdir()
    words = re.findall(r"[\w-]{12,}", "\n".join(file.read_text() for file in files if file.is_file()))
    return [*(word for word in words if word not in str(platform.home)), PATH]


def test_failed_run_sends_one_alert_per_channel(platform: LivePlatform, inbox: Inbox) -> None:
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
        assert secret not in html + json.dumps(post), "a secret was sent"


def test_killed_task_sends_an_alert(platform: LivePlatform, inbox: Inbox) -> None:
    assert platform.mlopsctl("trigger", "live_alerts_killed", "--wait").code == 1
    (_,), ((_, post),) = inbox.of("live_alerts_killed", "failed")
    assert (post["task"], post["command"]) == (
        "killed",
        f"mlopsctl --home {platform.home} trigger live_alerts_killed --wait",
    )
    assert post["error"]


def test_missed_deadline_sends_an_alert_while_the_run_continues(platform: LivePlatform, inbox: Inbox) -> None:
    platform.json("trigger", "live_alerts_late", "--date", "2023-02-04")
    (mail,), ((_, post),) = inbox.of("live_alerts_late", "late")
    (platform.home / "airflow" / "live-alerted").touch()
    assert set(post) == KEYS
    assert (post["task"], post["date"]) == ("slow", "2023-02-04")
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(rf"still running after its deadline of {when} \(Asia/Seoul\)", post["error"])
    assert mail["Subject"] == "live_alerts_late late: 2023-02-04"


def test_logs_of_alerts_contain_no_secret(platform: LivePlatform, inbox: Inbox) -> None:
    inbox.of("live_alerts_failing", "failed")
    logs: list[Path] = [*(platform.home / "logs").glob("*.log"), *(platform.home / "airflow" / "logs").rglob("*.log")]
    assert not [file for file in logs if PATH in file.read_text(errors="replace")]
