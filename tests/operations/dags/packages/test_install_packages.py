from pathlib import Path

import pytest

from mlopsctl.adapters.constraints import cache_path
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.dags.packages.install_packages import constraint_file, install
from tests.operations.doctor.contexts import doctor_context, make_home


def test_constraint_file_of_an_installation(tmp_path: Path) -> None:
    home = Home(tmp_path)

    def of(source: str) -> Path | None:
        return constraint_file(home, InstallRecord("3.3.2", "3.11", source, ""))

    bundled = of("bundled")
    assert bundled and "apache-airflow==3.3.2" in bundled.read_text(encoding="utf-8")
    assert of("computed, from the cache") is None
    home.cache.mkdir()
    url = "https://example.org/c.txt"
    for name in ("computed", "official"):
        (home.cache / f"constraints-3.3.2-3.11.{name}.txt").touch()
    assert of("computed, from the cache") == home.cache / "constraints-3.3.2-3.11.computed.txt"
    assert of("official") == home.cache / "constraints-3.3.2-3.11.official.txt"
    cache_path(home.cache, "3.3.2", "3.11", url).touch()
    assert of(url) == of(f"{url}, from the cache") == cache_path(home.cache, "3.3.2", "3.11", url)
    assert of("https://example.org/another.txt") is None
    mine = tmp_path / "mine, and yours.txt"
    mine.touch()
    assert of(str(mine)) == mine


def test_nothing_is_installed_without_a_constraint_file(tmp_path: Path) -> None:
    platform = doctor_context(make_home(tmp_path)).platform
    with pytest.raises(MlopsctlError, match="missing or incomplete"):
        install(platform, ["pandas"])
    platform.home.venv.mkdir()
    platform.venv.write_record(InstallRecord("3.3.2", "3.11", "computed", ""))
    with pytest.raises(MlopsctlError, match=r"constraint file .*\(computed\) is missing") as e:
        install(platform, ["pandas"])
    assert e.value.hint.text() == "mlopsctl setup"
