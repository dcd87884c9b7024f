from pathlib import Path

import pytest

from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.errors import MlopsctlError
from mlopsctl.operations.packages import bringing, constraint_file, install, named_in, normal, provider
from mlopsctl.paths import Home
from tests.operations.doctor.places import place, set_up


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("sklearn.linear_model", "scikit-learn"),
        ("PIL", "pillow"),
        ("xgboost", "xgboost"),
        ("known_here", "known-here"),
        ("airflow.providers.amazon.aws.hooks.s3", "apache-airflow-providers-amazon"),
        ("airflow.providers.cncf.kubernetes.operators.pod", "apache-airflow-providers-cncf-kubernetes"),
        ("airflow.providers.apache.spark", "apache-airflow-providers-apache-spark"),
    ],
)
def test_the_package_that_brings_a_module(module: str, package: str) -> None:
    assert bringing(module, {"known-here"}) == package


def test_a_package_of_the_same_name_may_be_anybodys() -> None:
    assert bringing("loans_of_our_team") == ""
    assert provider("airflow.providers") == ""


@pytest.mark.parametrize(
    "module", ["airflow.providers.cncf", "airflow.sdk", "http.hooks.http", "my.airflow.providers.x"]
)
def test_what_is_no_provider_or_only_the_folder_of_several(module: str) -> None:
    assert provider(module) == ""


def test_names_are_compared_as_the_standard_says() -> None:
    assert normal("Flask_Login") == normal("flask.login") == "flask-login"
    assert provider("airflow.providers.facebook_ads.hooks") == "apache-airflow-providers-facebook-ads"


def test_names_in_files(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("# one\nScikit_Learn>=1.4\npandas==2\n-r other.txt\n\n  \n")
    assert named_in([tmp_path / "r.txt", tmp_path / "gone.txt"]) == {"scikit-learn", "pandas"}


def test_the_constraint_file_of_an_installation(tmp_path: Path) -> None:
    home = Home(tmp_path)

    def of(source: str) -> Path | None:
        return constraint_file(home, InstallRecord("3.3.2", "3.11", source, ""))

    bundled = of("bundled")
    assert bundled and "apache-airflow==3.3.2" in bundled.read_text(encoding="utf-8")
    assert of("computed, from the cache") is None
    home.cache.mkdir()
    for name in ("computed", "official", "given"):
        (home.cache / f"constraints-3.3.2-3.11.{name}.txt").touch()
    assert of("computed, from the cache") == home.cache / "constraints-3.3.2-3.11.computed.txt"
    assert of("official") == home.cache / "constraints-3.3.2-3.11.official.txt"
    assert of("https://example.org/c.txt, from the cache") == home.cache / "constraints-3.3.2-3.11.given.txt"
    mine = tmp_path / "mine, and yours.txt"
    mine.touch()
    assert of(str(mine)) == mine


def test_nothing_is_installed_without_the_constraint_file(tmp_path: Path) -> None:
    platform = place(set_up(tmp_path)).platform
    with pytest.raises(MlopsctlError, match="no Airflow is wholly installed"):
        install(platform, ["pandas"])
    platform.home.venv.mkdir()
    platform.venv.write_record(InstallRecord("3.3.2", "3.11", "computed", ""))
    with pytest.raises(MlopsctlError, match=r"the constraint file \(computed\) is gone") as e:
        install(platform, ["pandas"])
    assert e.value.hint == "mlopsctl setup"
