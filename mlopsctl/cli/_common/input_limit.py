"""A limit on what is read from files and stdin: a file without an end, such as a device, would fill the memory."""

from typing import IO, AnyStr

from mlopsctl.core.errors import MlopsctlError

LIMIT = 64 * 2**20  # bytes, or characters of a text


def read(file: IO[AnyStr], name: str, limit: int = LIMIT) -> AnyStr:
    """The content. `name`: of the file, for messages. Raises MlopsctlError `too-large` beyond `limit`."""
    content = file.read(limit + 1)
    if len(content) > limit:
        size = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit // 2**10} KiB"
        raise MlopsctlError(
            f"{name} is larger than {size}.", hint="split it, or check that it is the right file", code="too-large"
        )
    return content
