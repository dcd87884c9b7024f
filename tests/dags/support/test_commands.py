import pytest
from support.commands import mlopsctl_command


@pytest.mark.parametrize(
    ("home", "command"),
    [
        ("/srv/ml", "mlopsctl --home /srv/ml status"),
        ("/a b", "mlopsctl --home '/a b' status"),
        ("", "mlopsctl status"),
    ],
)
def test_command_names_the_home_of_this_airflow(monkeypatch: pytest.MonkeyPatch, home: str, command: str) -> None:
    monkeypatch.setenv("MLOPSCTL_HOME", home)
    assert mlopsctl_command("status") == command
