import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.join_token import JoinToken

SECRET = "s" * 32


@pytest.mark.parametrize("host", ["10.0.0.5", "fd00::5", "head.example.com"])
def test_a_token_is_one_word_that_can_be_read_back(host: str) -> None:
    token = JoinToken(host, 8443, "a" * 64, SECRET)
    assert JoinToken.parse(f" {token}\n") == token
    assert not set(str(token)) & set(" '\"$`\\")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.5:8443",
        f"10.0.0.5:8443/{'a' * 63}/{SECRET}",
        f"10.0.0.5:0/{'a' * 64}/{SECRET}",
        f"10.0.0.5:99999/{'a' * 64}/{SECRET}",
        f"10.0.0.5:8443/{'a' * 64}/{SECRET[:10]}",
        f"https://10.0.0.5:8443/{'a' * 64}/{SECRET}",
        f"10.0.0.5:8443/{'a' * 64}/{SECRET}\nmore",
    ],
)
def test_anything_else_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        JoinToken.parse(text)
    assert SECRET[:10] not in f"{caught.value.message} {caught.value.hint.text()}"
