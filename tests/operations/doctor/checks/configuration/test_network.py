from pathlib import Path

from tests.operations.doctor.contexts import findings, is_ok, make_home


def test_api_that_listens_on_all_addresses_is_a_warning(tmp_path: Path) -> None:
    (finding,) = findings("listening", make_home(tmp_path, 'api_host = "0.0.0.0"\n'))
    assert finding.verdict == "warning" and finding.hint.command == ("setup", "--api-host", "127.0.0.1")
    assert is_ok("listening", make_home(tmp_path, 'api_host = "localhost"\n'))
