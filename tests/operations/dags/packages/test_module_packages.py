from pathlib import Path

import pytest

from mlopsctl.operations.dags.packages.module_packages import (
    distribution_for,
    distributions_in,
    normalize,
    provider_distribution,
)


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
def test_distribution_for_a_module(module: str, package: str) -> None:
    assert distribution_for(module, {"known-here"}) == package


def test_an_unknown_module_has_no_distribution() -> None:
    assert distribution_for("loans_of_our_team") == ""
    assert provider_distribution("airflow.providers") == ""


@pytest.mark.parametrize(
    "module", ["airflow.providers.cncf", "airflow.sdk", "http.hooks.http", "my.airflow.providers.x"]
)
def test_module_that_is_not_in_one_provider(module: str) -> None:
    assert provider_distribution(module) == ""


def test_names_are_normalized() -> None:
    assert normalize("Flask_Login") == normalize("flask.login") == "flask-login"
    assert provider_distribution("airflow.providers.facebook_ads.hooks") == "apache-airflow-providers-facebook-ads"


def test_distributions_in_requirements_files(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("# one\nScikit_Learn>=1.4\npandas==2\n-r other.txt\n\n  \n")
    assert distributions_in([tmp_path / "r.txt", tmp_path / "gone.txt"]) == {"scikit-learn", "pandas"}
