"""Tell the user what a command waits for, if it has shown nothing by then."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from threading import Lock, Timer


class WaitNotice:
    """A notice that appears at most once, and only before the first output. Threads may share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shown = ExitStack()
        self._closed = False
        self._timer: Timer | None = None

    def show_after(self, seconds: float, show: Callable[[], AbstractContextManager[object]]) -> None:
        """Call `show` after so many seconds, unless closed by then; the context that it returns is left on `close`."""
        with self._lock:
            if not self._closed and not self._timer:
                self._timer = Timer(seconds, self._show, (show,))
                self._timer.daemon = True
                self._timer.start()

    def _show(self, show: Callable[[], AbstractContextManager[object]]) -> None:
        with self._lock:
            if not self._closed:
                self._shown.enter_context(show())

    def close(self) -> None:
        """Remove the notice if it is on the screen, and never show it again."""
        with self._lock:
            self._closed = True
            if self._timer:
                self._timer.cancel()
            self._shown.close()
