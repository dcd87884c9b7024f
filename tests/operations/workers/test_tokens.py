import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.operations.workers import tokens
from mlopsctl.operations.workers.tokens import Terms


def later() -> float:
    return time.time() + 60


def test_a_token_can_be_used_once(tmp_path: Path) -> None:
    home, terms = Home(tmp_path), Terms(later(), ("gpu", "default"))
    secret = tokens.create(home, terms)
    assert tokens.use(home, secret) == terms
    with pytest.raises(MlopsctlError) as caught:
        tokens.use(home, secret)
    assert caught.value.code == "token"
    assert not list(home.join_tokens.iterdir())


def test_of_hosts_that_use_a_token_at_once_only_one_joins(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret = tokens.create(home, Terms(later(), ()))
    joined: list[Terms] = []
    start = threading.Barrier(8)

    def join() -> None:
        start.wait()
        with suppress(MlopsctlError):
            joined.append(tokens.use(home, secret))

    threads = [threading.Thread(target=join) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(joined) == 1


def test_a_token_that_is_out_of_date_is_refused_and_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = tokens.create(home, Terms(time.time() - 1, ()))
    with pytest.raises(MlopsctlError, match="out of date"):
        tokens.use(home, old)
    tokens.create(home, Terms(time.time() - 1, ()))
    tokens.create(home, Terms(later(), ()))
    assert len(list(home.join_tokens.iterdir())) == 1


@pytest.mark.parametrize("secret", ["", "unknown", "../../config", "x\0y"])
def test_an_unknown_token_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        tokens.use(Home(tmp_path), secret)
    assert caught.value.code == "token"


def test_no_secret_is_stored(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret = tokens.create(home, Terms(later(), ()))
    (file,) = home.join_tokens.iterdir()
    assert secret not in file.read_text() + file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
