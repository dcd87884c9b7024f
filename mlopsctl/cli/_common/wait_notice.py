"""Tell the user what a command waits for, if it has shown nothing by then."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from threading import Lock, Timer


class WaitNotice:
    """A notice that appears only before the first output, and at most once unless it is repeated. Threads may share
    one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shown = ExitStack()
        self._closed = False
        self._timer: Timer | None = None

    def show_after(
        self, seconds: float, show: Callable[[], AbstractContextManager[object]], *, every: float | None = None
    ) -> None:
        """Call `show` after so many seconds, unless closed by then, and then `every` so many; the context that it
        returns is left on `close`."""
        with self._lock:
            if not self._closed and not self._timer:
                self._start(seconds, show, every)

    def _start(self, seconds: float, show: Callable[[], AbstractContextManager[object]], every: float | None) -> None:
        self._timer = Timer(seconds, self._show, (show, every))
        self._timer.daemon = True
        self._timer.start()

    def _show(self, show: Callable[[], AbstractContextManager[object]], every: float | None) -> None:
        with self._lock:
            if self._closed:
                return
            self._shown.enter_context(show())
            if every:
                self._start(every, show, every)

    def close(self) -> None:
        """Remove the notice if it is on the screen, and never show it again."""
        with self._lock:
            self._closed = True
            if self._timer:
                self._timer.cancel()
            self._shown.close()
