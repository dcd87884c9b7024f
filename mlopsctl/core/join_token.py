"""The string with which a host joins a platform: where the head listens, by what certificate it is recognised, and a
secret that can be used once."""

import re
from dataclasses import dataclass

from mlopsctl.core.errors import UsageError
from mlopsctl.core.hint import Hint

_FORM = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+):(?P<port>\d{1,5})/(?P<fingerprint>[0-9a-f]{64})/(?P<secret>[\w-]{20,64})"
)


@dataclass(frozen=True)
class JoinToken:
    """`fingerprint`: SHA-256 of the certificate of the head's authority, in hexadecimal digits."""

    host: str
    port: int
    fingerprint: str
    secret: str

    @property
    def address(self) -> str:
        """Where the head listens, with the port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.address}/{self.fingerprint}/{self.secret}"

    @classmethod
    def parse(cls, text: str) -> "JoinToken":
        """Raises UsageError, which does not show the text: it holds a secret."""
        found = _FORM.fullmatch(text.strip())
        if not found or not 0 < int(found["port"]) < 65536:
            hint = Hint.on_head("worker", "token", note="copy all that it prints")
            raise UsageError("this is not a token of a head.", hint=hint)
        return cls(found["host"].strip("[]"), int(found["port"]), found["fingerprint"], found["secret"])
