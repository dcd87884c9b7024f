import time
from datetime import timedelta

import pytest

from mlopsctl.adapters.tls import authority
from mlopsctl.adapters.tls.authority import read_certificate
from mlopsctl.operations.workers import head, host
from tests.operations.doctor.checks.workers.conftest import DAY, Head, WorkerHost
from tests.operations.doctor.contexts import doctor_context, findings, fix_first, is_ok, verdicts


def test_new_certificates_are_ok(joined_head: Head, worker_host: WorkerHost) -> None:
    joined_head.add("w1")
    assert is_ok("certificates", joined_head.home.root) and is_ok("certificates", worker_host.home.root)


@pytest.mark.parametrize(("days", "verdict"), [(-1, "error"), (0, "error"), (20, "warning")])
def test_certificate_of_the_head_is_renewed(
    days: int, verdict: str, joined_head: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(authority, "HEAD_DAYS", days)
        patched.setattr(authority, "CLOCK_TOLERANCE", timedelta(days=2))
        head.renew(joined_head.home)
    assert verdicts("certificates", joined_head.home.root) == [verdict]
    fix_first("certificates", joined_head.home.root)
    assert is_ok("certificates", joined_head.home.root)


def test_lost_key_of_the_head_is_replaced(joined_head: Head) -> None:
    head.identity(joined_head.home).key.unlink()
    fix_first("certificates", joined_head.home.root)
    assert is_ok("certificates", joined_head.home.root)


def test_lost_authority_has_to_come_from_a_backup(joined_head: Head) -> None:
    (joined_head.home.authority / "ca.key").unlink()
    (finding,) = findings("certificates", joined_head.home.root)
    assert not finding.fixable and finding.hint.line.startswith("cp BACKUP/secrets/ca/ca.key ")


@pytest.mark.parametrize(("days", "verdict", "hint"), [(5, "warning", "logs agent"), (-1, "error", "worker remove w1")])
def test_certificate_that_a_host_does_not_renew(days: int, verdict: str, hint: str, joined_head: Head) -> None:
    joined_head.add("w1", certificate_ends=time.time() + days * DAY)
    (finding,) = findings("certificates", joined_head.home.root)
    assert (finding.verdict, finding.fixable) == (verdict, False)
    assert finding.hint.text().startswith(f"mlopsctl {hint} ") and "of w1" in finding.message


def test_authority_that_ends_needs_all_hosts_to_join_again(joined_head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    files = (joined_head.home.authority, joined_head.home.tunnel)
    for path in (path for folder in files for path in folder.rglob("*") if path.is_file()):
        path.unlink()
    monkeypatch.setattr(authority, "AUTHORITY_DAYS", 60)
    head.prepare(joined_head.home, doctor_context(joined_head.home.root).platform.settings)
    (finding,) = findings("certificates", joined_head.home.root)
    assert (finding.verdict, finding.fixable) == ("warning", False)
    assert finding.hint.command == ("setup",) and str(joined_head.home.authority) in finding.hint.line


def test_certificate_of_this_host(worker_host: WorkerHost, joined_head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    own = host.identity(worker_host.home)
    _, request = authority.new_request("w1")
    monkeypatch.setattr(authority, "HOST_DAYS", 3)
    own.certificate.write_bytes(joined_head.authority.sign(request, "w1").pem)
    assert read_certificate(own.certificate.read_bytes()).name == "w1"
    (finding,) = findings("certificates", worker_host.home.root)
    assert (finding.verdict, finding.hint.command) == ("warning", ("logs", "agent"))
    own.key.unlink()
    (finding,) = findings("certificates", worker_host.home.root)
    assert finding.verdict == "error" and not finding.fixable and finding.hint.command == ("uninstall", "--purge")
