from pathlib import Path

from mlopsctl.adapters.supervisor.config import Program, parse, render
from mlopsctl.core.paths import Home

HOME = Home(Path("/h 100%"))


def test_rendered_services_can_be_parsed() -> None:
    services = parse(
        render(HOME, [Program("postgres", ("/bin/x y", "a=b"), user="postgres"), Program("api-server", ("x",))])
    )
    assert list(services) == ["postgres", "api-server"]
    assert services["postgres"]["command"] == "'/bin/x y' a=b"
    assert services["postgres"]["user"] == "postgres" and "user" not in services["api-server"]
    assert services["api-server"]["directory"] == "/h 100%%/run/services"
    assert (services["postgres"]["stopasgroup"], services["api-server"]["stopasgroup"]) == ("false", "true")


def test_no_services_in_an_empty_file() -> None:
    assert parse("") == {}
