"""The package index and the proxy that somebody has set."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from mlopsctl.adapters import package_index
from mlopsctl.adapters.index_errors import reason_of, unusable
from mlopsctl.adapters.package_index import Setting
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.context import DoctorContext

TIMEOUT = 5.0  # seconds
PACKAGE = "apache-airflow"


def check_package_index(_context: DoctorContext) -> Iterator[Finding]:
    """Not if nobody has set any: a platform can run on a machine without a network."""
    default, *more = package_index.indexes()
    for index in (default, *more):
        if (index.source or package_index.proxy_of(index.url)) and (reason := _problem(index, index is default)):
            error = unusable(index.url, reason)
            yield Finding(error.message, error.hint, Verdict.WARNING)


def _problem(index: Setting, is_default: bool) -> str:
    """Why nothing can be installed from an index; empty if something can, or if httpx cannot find out. No login is
    tried: uv may have it from a keyring."""
    import httpx

    proxy = package_index.proxy_of(index.url)
    if urlsplit(index.url).scheme not in ("http", "https") or (proxy and proxy.url.startswith("socks")):
        return ""
    try:
        page = f"{index.url.rstrip('/')}/{PACKAGE}/"
        with httpx.stream("GET", page, timeout=TIMEOUT, follow_redirects=True) as answer:
            missing = answer.status_code == httpx.codes.NOT_FOUND
        return f"it has no package {PACKAGE}" if missing and is_default else ""
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as e:
        return reason_of(str(e))


CHECKS = (
    Check(
        "package-index", Group.MACHINE, "Without its index, setup, upgrade and dags fix cannot install packages.",
        check_package_index,
    ),
)  # fmt: skip
