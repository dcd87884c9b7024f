"""What uv 0.13 prints if it cannot use the package index, and what we say."""

from pathlib import Path

import pytest

from mlopsctl.adapters.index_errors import explain_index

URL = "http://127.0.0.1:1/simple"
FETCH = f"""error: Request failed after 3 retries in 7.1s
  cause: Failed to fetch: {URL}/apache-airflow/
  cause: error sending request for url ({URL}/apache-airflow/)
  cause: client error (Connect)
"""
REFUSED = f"{FETCH}  cause: tcp connect error\n  cause: Connection refused (os error 111)"
LOGIN = """error: No solution found when resolving dependencies
  cause: Because apache-airflow was not found in the package registry and you require apache-airflow==3.3.2, we can …
hint: An index URL (http://127.0.0.1:1/simple) could not be queried due to a lack of valid authentication credentials \
(401 Unauthorized)"""
MISSING = LOGIN.partition("hint")[0]


pytestmark = pytest.mark.usefixtures("no_index")


def explained(output: str) -> tuple[str, str]:
    error = explain_index(output)
    assert error and error.code == "no-network"
    return error.message, error.hint.text()


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (REFUSED, "the connection was refused"),
        (f"{FETCH}  cause: dns error\n  cause: failed to lookup address information: …", "cannot be resolved"),
        (f"{FETCH}  cause: invalid peer certificate: UnknownIssuer", "its certificate is not trusted"),
        (f"{FETCH}  cause: tunnel error: proxy authorization required", "the proxy requires a user name"),
        (f"{FETCH}  cause: operation timed out", "no answer came in time"),
        (FETCH.replace("client error (Connect)", "HTTP status server error (500 Internal Server Error)"), "500"),
        (f"{FETCH}  cause: something new", "something new"),
        (LOGIN, "requires a user name and a password (401)"),
        (LOGIN.replace("401 Unauthorized", "403 Forbidden"), "refuses access (403)"),
        (MISSING, "it has no package apache-airflow"),
    ],
)
def test_address_source_and_reason_are_named(monkeypatch: pytest.MonkeyPatch, output: str, reason: str) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "http://user:hidden@127.0.0.1:1/simple")
    message, hint = explained(output)
    assert f"{URL} (set by UV_INDEX_URL) cannot be used: " in message and reason in message
    assert "hidden" not in message and "user@" not in message
    assert hint.startswith(("unset UV_INDEX_URL ", "export SSL_CERT_FILE="))


def test_the_proxy_is_named_unless_it_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://me:hidden@127.0.0.1:3128")
    message, hint = explained(REFUSED)
    assert ", through the proxy http://127.0.0.1:3128 (set by ALL_PROXY), cannot" in message
    assert hint.startswith("unset ALL_PROXY ")
    monkeypatch.setenv("UV_INDEX_URL", URL)
    assert explained(MISSING)[1].startswith("unset UV_INDEX_URL "), "the proxy works: the index has answered"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert "proxy" not in explained(REFUSED)[0]


@pytest.mark.parametrize(
    ("variables", "source"),
    [
        ({"UV_INDEX": f"mine={URL}"}, "UV_INDEX"),
        ({"UV_EXTRA_INDEX_URL": f"https://other/simple {URL}"}, "UV_EXTRA_INDEX_URL"),
        ({"UV_INDEX_URL": "https://other/simple", "UV_DEFAULT_INDEX": URL}, "UV_DEFAULT_INDEX"),
        ({"UV_INDEX_URL": "https://other/simple", "PIP_INDEX_URL": URL}, ""),
        ({}, ""),
    ],
)
def test_what_has_set_the_index(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], source: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert explained(REFUSED)[0].startswith(f"the package index {URL} (set by {source})" if source else "the package")
    assert ("set by" in explained(REFUSED)[0]) == bool(source)


@pytest.mark.parametrize(
    "text", ['[[index]]\nurl = "{}"\ndefault = true', 'index-url = "{}"', '[pip]\nindex-url = "{}"']
)
def test_a_configuration_file_of_uv_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    file = tmp_path / "uv.toml"
    file.write_text(text.format(URL), encoding="utf-8")
    monkeypatch.delenv("UV_NO_CONFIG")
    monkeypatch.setenv("UV_CONFIG_FILE", str(file))
    message, hint = explained(REFUSED)
    assert f"(set by {file})" in message and str(file) in hint


def test_without_an_address_the_default_index_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", URL)
    message, _ = explained("error: something\n  cause: tcp connect error\n  cause: Connection refused (os error 111)")
    assert message.startswith(f"the package index {URL}") and message.endswith("the connection was refused.")


def test_other_errors_are_not_about_the_index() -> None:
    missing = "error: No solution found …\n  cause: Because pandass was not found in the package registry and …"
    assert explain_index(missing) is None and explain_index("error: something else") is None
