"""`-vv`: what the adapters do, with its time, on stderr and without secrets."""

import logging
import sys
from collections.abc import Callable

from mlopsctl.core.masking import mask_text


class MaskingFormatter(logging.Formatter):
    """`15:04:05.123 mlopsctl.http GET /api/v2/dags 200 12 ms`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(name)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return mask_text(super().format(record))


def enable() -> Callable[[], None]:
    """Write the log of the adapters to stderr. Returns a function that stops it."""
    logging.raiseExceptions = False  # a reader of stderr that has gone is not worth a traceback
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter())
    logger = logging.getLogger("mlopsctl")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    return lambda: logger.removeHandler(handler)
