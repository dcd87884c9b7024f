from pathlib import Path

from tests.operations.doctor.checks.workers.conftest import Head, WorkerHost
from tests.operations.doctor.contexts import fix_first, is_ok, make_home, verdicts


def test_tunnel_that_demands_no_certificate_is_repaired(joined_head: Head, worker_host: WorkerHost) -> None:
    for home in (joined_head.home, worker_host.home):
        assert is_ok("tunnel", home.root)
        home.tunnel_conf.write_text(home.tunnel_conf.read_text().replace("verifyChain = yes", "verifyChain = no"))
        assert verdicts("tunnel", home.root) == ["error"]
        fix_first("tunnel", home.root)
        assert is_ok("tunnel", home.root) and "verifyChain = yes" in home.tunnel_conf.read_text()


def test_head_that_no_other_machine_can_join_has_no_tunnel(tmp_path: Path) -> None:
    home = make_home(tmp_path, 'executor = "celery"\n')
    assert verdicts("tunnel", home) == verdicts("certificates", home) == ["skipped"]
