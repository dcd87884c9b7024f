from pathlib import Path

import pytest

from mlopsctl.operations.doctor.checks.services.databases import normalize
from tests.operations.doctor.contexts import doctor_context, fix_first, make_home, outcome


@pytest.mark.parametrize("name", ["postgres", "mariadb"])
def test_changed_settings_are_written_again(name: str, tmp_path: Path) -> None:
    home = make_home(tmp_path)
    platform = doctor_context(home).platform
    server = platform.postgres if name == "postgres" else platform.mariadb
    server.write_conf()
    server.data.mkdir()
    server.conf.write_text(server.conf.read_text("utf-8") + "max_connections = 3\n", encoding="utf-8")
    verdict, message = outcome(f"{name}-settings", home)
    assert verdict == "error" and str(server.conf) in message
    fix_first(f"{name}-settings", home)
    assert server.is_configured()


@pytest.mark.parametrize(
    ("server", "file"),
    [("134217728", "128M"), ("ON", "1"), ("/home/x/data/", '"/home/x/data"'), ("+09:00", '"+09:00"')],
)
def test_values_of_server_and_file_are_normalized(server: str, file: str) -> None:
    assert normalize(server) == normalize(file)
