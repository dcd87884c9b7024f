"""The silence of a command that asks somebody and has nothing to show yet."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack


class Silence:
    """It may be broken once, by a sign of life, and ends for good with the first word. Threads may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown = ExitStack()
        self._over = False
        self._timer: threading.Timer | None = None

    def break_after(self, seconds: float, sign: Callable[[], AbstractContextManager[object]]) -> None:
        """Show a sign of life, where it lasts longer than `seconds`; what `sign` gives is left at the end."""
        with self._lock:
            if not self._over and not self._timer:
                self._timer = threading.Timer(seconds, self._break, (sign,))
                self._timer.daemon = True
                self._timer.start()

    def _break(self, sign: Callable[[], AbstractContextManager[object]]) -> None:
        with self._lock:
            if not self._over:
                self._shown.enter_context(sign())

    def end(self) -> None:
        """Before each word: what is shown goes."""
        with self._lock:
            self._over = True
            if self._timer:
                self._timer.cancel()
            self._shown.close()
