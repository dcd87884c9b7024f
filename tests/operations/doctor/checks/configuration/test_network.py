import socket
from pathlib import Path

import psutil
import pytest

from mlopsctl.operations.doctor.context import DoctorContext
from tests.operations.doctor.contexts import findings, is_ok, make_home


def test_api_that_listens_on_all_addresses_is_a_warning(tmp_path: Path) -> None:
    (finding,) = findings("listening", make_home(tmp_path, 'api_host = "0.0.0.0"\n'))
    assert finding.verdict == "warning" and finding.hint.command == ("setup", "--api-host", "127.0.0.1")
    assert is_ok("listening", make_home(tmp_path, 'api_host = "localhost"\n'))


@pytest.mark.parametrize(("listen", "found"), [("", 1), ("127.0.0.1:{port}", 0)])
def test_service_beyond_loopback_is_found_unless_it_is_the_tunnel(
    listen: str, found: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This process counts as one of the home."""
    monkeypatch.setattr(DoctorContext, "processes", [psutil.Process()])
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104
        address = listen.format(port=server.getsockname()[1])
        home = make_home(tmp_path, f'executor = "celery"\nlisten = "{address}"\n')
        assert len(findings("listening", home)) == found
