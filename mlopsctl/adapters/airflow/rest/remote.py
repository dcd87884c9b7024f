"""An Airflow that is not this home's: how its certificate is checked, and what to do if it does not answer."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mlopsctl.adapters.airflow.rest.errors import ApiHints
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint


@dataclass(frozen=True)
class RemoteServer:
    """`context`: its name. `ca`: a file with the certificates of further CAs to trust."""

    context: str
    ca: Path | None = None

    @property
    def hints(self) -> ApiHints:
        again = ("context", "add", self.context, "--overwrite", "--url", "URL")
        return ApiHints(
            unreachable=Hint(note="check the network and HTTPS_PROXY; if the address has changed:", other=again),
            failed=Hint(note="try again; if it stays, ask whoever runs that Airflow"),
            rejected=Hint(note="if a permission is missing, ask whoever runs that Airflow for a role that has it"),
            login=Hint.of(*again, "--user", "NAME", note="asks for the password; with a token: --token-file FILE"),
        )

    def untrusted(self, url: str, cause: str) -> MlopsctlError:
        found = re.search(r"certificate verify failed: (.+?)(?: \(_ssl|\]?$)", cause)
        return MlopsctlError(
            f"the certificate of {url} is not trusted: {found[1] if found else cause}.",
            hint=Hint.of(
                "context", "add", self.context, "--overwrite", "--url", url, "--user", "NAME", "--ca", "FILE",
                note="FILE: the certificate of the CA that signed it",
            ),
            code="untrusted",
        )  # fmt: skip


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine, so that what is sent stays on it."""
    import ipaddress

    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
