import time
from pathlib import Path
from typing import Any

import pytest

import mlopsctl
from mlopsctl.adapters.files import read_secret
from mlopsctl.adapters.tls.authority import Authority, new_request, read_certificate
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import joining, tokens
from mlopsctl.operations.workers.registry import Registry
from mlopsctl.operations.workers.tokens import Terms


def asked(platform: Platform, **changes: Any) -> dict[str, Any]:
    """A request with a new token."""
    secret = tokens.create(platform.home, Terms(time.time() + 60, ("gpu",)))
    request = new_request("w1")[1].decode()
    own = {"name": "w1", "secret": secret, "request": request, "mlopsctl": mlopsctl.__version__, "pythons": ["3.11"]}
    return own | changes


def test_a_host_gets_what_it_needs_to_run_tasks(platform: Platform) -> None:
    answer = joining.join(platform, asked(platform))
    assert read_certificate(answer["certificate"].encode()).name == "w1"
    worker = Registry(platform.home).authenticate(answer["token"])
    assert worker and worker.host == "w1"
    assert (answer["queues"], answer["python"]) == (("gpu",), "3.11")
    assert answer["packages"] == ["apache-airflow==3.3.2", "pandas==2.3.3"]
    assert answer["settings"]["airflow_version"] == "3.3.2"
    assert sorted(route["name"] for route in answer["routes"]) == ["api", "mariadb", "redis", "workers"]


def test_no_secret_of_the_head_but_that_of_the_broker_is_given_away(platform: Platform) -> None:
    for name in ("fernet-key", "jwt-secret", "api-secret", "admin-password", "service-password"):
        platform.home.secret(name).write_text(f"secret of {name}\n")
    given = repr(joining.join(platform, asked(platform)))
    assert "secret of" not in given and read_secret(platform.home.secret("redis-mlopsctl-password")) not in given
    assert (platform.home.authority / "ca.key").read_text() not in given


def test_a_token_is_for_one_host(platform: Platform) -> None:
    first = asked(platform)
    joining.join(platform, first)
    with pytest.raises(MlopsctlError) as raised:
        joining.join(platform, asked(platform, name="w2") | {"secret": first["secret"]})
    assert raised.value.code == "token"
    assert [worker.host for worker in Registry(platform.home).workers()] == ["w1"]


def test_the_answer_can_be_asked_for_again_by_the_same_host_only(platform: Platform) -> None:
    """A host that was killed before it had stored the answer: the token was used, and its name is taken."""
    first = asked(platform)
    lost = joining.join(platform, first)
    again = joining.join(platform, first)
    assert (again["queues"], again["packages"]) == (lost["queues"], lost["packages"])
    registry = Registry(platform.home)
    assert registry.authenticate(lost["token"]) is None and registry.authenticate(again["token"])
    for other in (first | {"request": new_request("w1")[1].decode()}, first | {"secret": "x" * 32}):
        with pytest.raises(MlopsctlError):
            joining.join(platform, other)
    assert Authority(platform.home.authority).revoke("w1")  # all that were signed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mlopsctl": "0.0.1"}, "version"),
        ({"pythons": ["3.9"]}, "python"),
        ({"pythons": []}, "python"),
        ({"name": "head"}, "worker-exists"),
        ({"name": "../w1"}, "usage"),
        ({"request": "nonsense"}, "usage"),
        ({"secret": "guessed"}, "token"),
    ],
)
def test_a_refused_host_leaves_nothing_and_can_use_its_token_again(
    platform: Platform, changes: dict[str, Any], code: str
) -> None:
    good = asked(platform)
    with pytest.raises(MlopsctlError) as raised:
        joining.join(platform, good | changes)
    assert raised.value.code == code and raised.value.hint
    assert Registry(platform.home).workers() == []
    assert [found.name for found in Authority(platform.home.authority).hosts()] == ["head"]
    assert joining.join(platform, good)["queues"] == ("gpu",)


def test_an_expired_token_is_refused(platform: Platform) -> None:
    secret = tokens.create(platform.home, Terms(time.time() - 1, ()))
    with pytest.raises(MlopsctlError) as raised:
        joining.join(platform, asked(platform, secret=secret))
    assert raised.value.code == "token"


def test_a_taken_name_is_refused(platform: Platform) -> None:
    joining.join(platform, asked(platform))
    with pytest.raises(MlopsctlError) as raised:
        joining.join(platform, asked(platform))
    assert raised.value.code == "worker-exists" and "worker remove w1" in raised.value.hint.line


@pytest.mark.parametrize(
    "content", [{}, {"name": "w1"}, {"name": 1, "secret": "s", "request": "r", "mlopsctl": "1", "pythons": []}]
)
def test_nonsense_is_no_request(content: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        joining.read_request(content)


def test_files_of_the_authority_stay_private(platform: Platform) -> None:
    joining.join(platform, asked(platform))
    files = [path for path in platform.home.secrets.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}, [str(Path(path).name) for path in files]
