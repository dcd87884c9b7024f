"""The URL of an Airflow, checked before anything is sent there."""

from urllib.parse import SplitResult, urlsplit

from mlopsctl.adapters.airflow.rest.remote import is_loopback
from mlopsctl.core.errors import MlopsctlError, UsageError

EXAMPLE = "use its address in the browser, such as https://airflow.example.com or https://example.com/airflow"
PAGES = ("/api/v1", "/api/v2", "/home", "/login", "/dags")  # what a URL ends with if it was copied from a browser


def parse(url: str, *, insecure: bool) -> str:
    """Without a trailing slash. `insecure`: plain http to another machine is allowed.

    Raises UsageError for an invalid URL or one with a password, MlopsctlError `insecure`.
    """
    parts = _split(url)
    if parts.username or parts.password:
        raise UsageError(
            "--url contains a login, which other users and the history of the shell would see.",
            hint="use --user NAME and --password-file FILE",
            code="secret-shown",
        )
    path = parts.path.rstrip("/")
    path = next((path.removesuffix(page) for page in PAGES if path.endswith(page)), path)
    clean = f"{parts.scheme}://{parts.netloc}{path}"
    if parts.scheme == "http" and not insecure and not is_loopback(clean):
        raise MlopsctlError(
            f"{clean} is not encrypted: everybody between here and there could read the login.",
            hint="use https://, or --insecure if that network is yours",
            code="insecure",
        )
    return clean


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query:
        shown = url.partition("?")[0] if "@" not in url else "--url"
        raise UsageError(f"{shown!r} is not the URL of an Airflow.", hint=EXAMPLE)
    return parts
