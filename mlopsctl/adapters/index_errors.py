"""Why the package index cannot be used: its address, what set it, the proxy, and the reason, from uv's output."""

import re

from mlopsctl.adapters import package_index
from mlopsctl.adapters.package_index import Setting
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.masking import mask_text

FAILED_URL = re.compile(r"Failed to fetch: `?([^\s`]+)|[Aa]n index(?: URL)? \(([^)\s]+)\)|for url \(([^)\s]+)\)")
UNREACHED = re.compile(r"Connection refused|dns error|invalid peer certificate|Request failed after \d+ retries")
# What uv says → why, to follow the address. A login of the proxy comes before the connection that it prevents.
REASONS = (
    (r"proxy authorization required|407", "the proxy requires a user name and a password"),
    (r"401 Unauthorized", "it requires a user name and a password (401)"),
    (r"403 Forbidden", "it refuses access (403)"),
    (r"404 Not Found", "there is no index at this address (404)"),
    (r"server error \((\d+[^)]*)\)", r"its server has an error (\1)"),
    (r"invalid peer certificate|certificate verify failed", "its certificate is not trusted"),
    (r"dns error|lookup address|[Nn]ame or service not known", "the name of its host cannot be resolved"),
    (r"Connection refused", "the connection was refused"),
    (r"timed out|timeout", "no answer came in time"),
)
ANSWERS = ("it ", "its server", "there is no index")  # reasons that came through the proxy, if there is one
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # those of the system
AGAIN = "then run the same command again"


def explain_index(output: str) -> MlopsctlError | None:
    """None if the output of uv is not about an index that it cannot read."""
    found = FAILED_URL.search(output)
    if found:
        return unusable(next(filter(None, found.groups())), reason_of(output))
    if missing := re.search(r"Because (apache-airflow[\w.-]*) was not found in the package registry", output):
        return unusable(package_index.indexes()[0].url, f"it has no package {missing[1]}")
    if UNREACHED.search(output):  # uv does not always say which address it asked
        return unusable(package_index.indexes()[0].url, reason_of(output))
    return None


def unusable(url: str, reason: str) -> MlopsctlError:
    """`url`: of the index, or of something in it. `reason`: to follow the address."""
    index, proxy = package_index.index_of(url), package_index.proxy_of(url)
    through = f", through the proxy {proxy.text}," if proxy else ""
    return MlopsctlError(
        f"the package index {index.text}{through} cannot be used: {reason}.",
        hint=_hint(index, proxy, reason),
        code="no-network",
    )


def reason_of(output: str) -> str:
    """Why an index cannot be used, from the output of uv or an error of httpx."""
    for pattern, reason in REASONS:
        if found := re.search(pattern, output):
            return found.expand(reason)
    return mask_text(output.rstrip().rpartition("\n")[2].strip().removeprefix("cause: "))


def _hint(index: Setting, proxy: Setting | None, reason: str) -> Hint:
    if "certificate" in reason:
        return Hint(line=f"export SSL_CERT_FILE={CERTIFICATES}", note=f"or another file with its certificate, {AGAIN}")
    if proxy and not reason.startswith(ANSWERS):
        return Hint(line=f"unset {proxy.source}", note=f"or correct it, {AGAIN}")
    if index.source and index.variable:
        return Hint(line=f"unset {index.source}", note=f"or correct it, {AGAIN}")
    if index.source:
        return Hint(note=f"correct the address in {index.source}, {AGAIN}")
    return Hint(note=f"connect to the network, or set HTTPS_PROXY or UV_DEFAULT_INDEX, {AGAIN}")
