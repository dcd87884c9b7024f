from pathlib import Path

import pytest

from mlopsctl.operations.dags.module_packages import bringing, named_in, normal, provider


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
