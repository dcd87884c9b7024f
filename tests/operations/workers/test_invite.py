from dataclasses import replace

import pytest

from mlopsctl.adapters.tls.authority import Authority
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.join_token import JoinToken
from mlopsctl.core.settings import CELERY, Settings
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.workers import invite, tokens
from tests.operations.workers.conftest import Services


def test_a_token_leads_to_this_head_and_grants_what_was_said(platform: Platform) -> None:
    text = str(invite.create(platform, ("gpu",), 60))
    token = JoinToken.parse(text)
    assert (token.host, token.port) == ("10.0.0.1", 8443)
    assert token.fingerprint == Authority(platform.home.authority).fingerprint
    assert tokens.use(platform.home, token.secret).queues == ("gpu",)


def test_the_secret_is_not_stored(platform: Platform) -> None:
    secret = invite.create(platform, (), 60).secret
    files = [path for path in platform.home.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files and not [path for path in files if secret.encode() in path.read_bytes() or secret in path.name]


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        (Settings(executor=CELERY), "setup"),
        (Settings(), "setup"),
        (Settings(executor=CELERY, listen="10.0.0.1"), "start"),
    ],
)
def test_without_a_way_in_there_is_no_token(platform: Platform, settings: Settings, command: str) -> None:
    closed = replace(platform, settings=settings, supervisor=Services(platform.home))
    with pytest.raises(MlopsctlError) as raised:
        invite.create(closed, (), 60)
    assert (raised.value.code, raised.value.hint.command[0]) == ("not-listening", command)


@pytest.mark.parametrize("seconds", [0, -1, 8 * 24 * 3600])
def test_a_token_is_valid_for_a_limited_time(platform: Platform, seconds: float) -> None:
    with pytest.raises(MlopsctlError):
        invite.create(platform, (), seconds)
    assert not platform.home.join_tokens.exists()
    assert invite.create(platform, (), 7 * 24 * 3600).secret


def test_the_queue_of_the_head_is_not_granted(platform: Platform) -> None:
    with pytest.raises(MlopsctlError):
        invite.create(platform, ("gpu", "head"), 60)
