"""The only module that runs other programs. Arguments are lists, never shell strings; secrets go by file or pipe."""

import contextlib
import logging
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.masking import mask_argv

# Variables that would make a program of the home use another Airflow's settings, or another Python's.
_FOREIGN_PREFIXES = (
    "AIRFLOW", "PYTHON", "VIRTUAL_ENV", "PG", "MYSQL", "MARIADB", "MLOPSCTL", "SUPERVISOR", "FLASK_", "GUNICORN_",
    "UVICORN_",
)  # fmt: skip
# Variables that change how programs read their options (GNU's tail and psql stop at the first operand), what a shell
# script does before its first line, or the language of messages that are read here; and those of web servers.
_FOREIGN = {
    "POSIXLY_CORRECT", "BASH_ENV", "ENV", "CDPATH", "IFS", "LANGUAGE", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS",
}  # fmt: skip
# uv's variables that say where packages come from and how it reaches them. The others change what it would install.
_UV_KEPT = (
    "UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_KEYRING_PROVIDER", "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS", "UV_INSECURE_HOST", "UV_HTTP", "UV_CACHE_DIR", "UV_LINK_MODE", "UV_CONCURRENT", "UV_OFFLINE",
    "UV_CONFIG_FILE", "UV_NO_CONFIG", "UV_NO_CACHE",
)  # fmt: skip
TAIL = 12  # lines of a program's output in an error message

logger = logging.getLogger("mlopsctl.process")


@dataclass(frozen=True)
class Completed:
    """A program that has ended: its exit code and its two output streams."""

    code: int
    out: str
    err: str

    @property
    def tail(self) -> str:
        """The last lines of its output, for an error message."""
        return "\n".join((self.err.strip() or self.out.strip()).splitlines()[-TAIL:])


def clean_env(**extra: str) -> dict[str, str]:
    """This process's environment without the variables of other platforms, or that would change what a program does,
    plus `extra`."""
    kept = {k: v for k, v in os.environ.items() if not _is_foreign(k)}
    return kept | {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"} | extra


def _is_foreign(name: str) -> bool:
    if name.startswith("UV_"):
        return not name.startswith(_UV_KEPT)
    return name in _FOREIGN or name.startswith(_FOREIGN_PREFIXES)


def find_program(name: str, *folders: str) -> str | None:
    """The path of a program on PATH, in the system folders that PATH may lack, or in `folders`."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *folders]))


def account_exists(name: str | None) -> bool:
    """Whether the system has an account of that name; None is our own, which exists."""
    import pwd

    try:
        return name is None or bool(pwd.getpwnam(name))
    except KeyError:
        return False


def _command(args: Sequence[str | Path], user: str | None, detach: bool = False) -> list[str]:
    """Run by setpriv, so that the program dies with the thread that waits for it: a killed mlopsctl leaves none
    running. A daemon, with `detach`, lives on."""
    setpriv = ["setpriv"] if detach else ["setpriv", "--pdeathsig", "KILL"]
    if user:
        setpriv += ["--reuid", user, "--regid", user, "--init-groups"]
    return [*setpriv, "--", *map(str, args)]


def _log_end(args: Sequence[str | Path], started: float, outcome: int | str) -> None:
    """Never the input, the environment or the output: they can hold secrets."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s: %s, %.2f s", shlex.join(mask_argv(args)), _outcome(outcome), time.monotonic() - started)


def _outcome(outcome: int | str) -> str:
    return outcome if isinstance(outcome, str) else f"exit {outcome}"


def run(
    args: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    input: str | None = None,
    timeout: float | None = None,
    check: bool = True,
    detach: bool = False,
) -> Completed:
    """Run a program until it ends; with `detach`, until it has forked into the background. `user`: the account to run
    under (needs root). `timeout`: in seconds.

    Raises MlopsctlError with the last lines of its output if it fails and `check` is set, or after the timeout.
    """
    started = time.monotonic()
    try:
        done = subprocess.run(
            _command(args, user, detach),
            env=dict(env) if env is not None else clean_env(),
            cwd=cwd or "/",
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            start_new_session=detach,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        _log_end(args, started, "timed out")
        raise _timed_out(args, e.timeout) from e
    _log_end(args, started, done.returncode)
    completed = Completed(done.returncode, done.stdout, done.stderr)
    if check and done.returncode:
        raise _failed(args, done.returncode, completed.tail)
    return completed


class Prestarted:
    """A program that was started before its input is known, to save its start-up time. It dies with the thread that
    started it."""

    def __init__(self, args: Sequence[str | Path], env: Mapping[str, str]) -> None:
        self._args = args
        self._started = time.monotonic()
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            _command(args, None),
            env=dict(env),
            cwd="/",
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
            errors="replace",
        )

    def finish(self, input: str) -> Completed:
        """Send it its input and wait for its end."""
        out, err = self._process.communicate(input)
        _log_end(self._args, self._started, self._process.returncode)
        return Completed(self._process.returncode, out, err)


class Conversation:
    """A program that answers each line with one. It ends when its input does: at the latest with this process, however
    that ends. Threads share one."""

    def __init__(self, args: Sequence[str | Path], env: Mapping[str, str]) -> None:
        self._args = args
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            list(map(str, args)),  # not by setpriv: it outlives the thread that started it
            env=dict(env),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for us: what it is doing may still be done
        )

    def ask(self, line: str) -> str:
        """Its answer, without the end of the line; empty if it has ended."""
        assert self._process.stdin and self._process.stdout  # noqa: S101  # PIPE was requested
        with self._lock:
            try:
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()
                return self._process.stdout.readline().rstrip("\n")
            except BrokenPipeError:
                return ""

    def finish(self) -> Completed:
        """End its input and wait for its end. Its answers are not repeated."""
        assert self._process.stdin  # noqa: S101
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        _log_end(self._args, self._started, self._process.returncode)
        self._errors.seek(0)
        return Completed(self._process.returncode, "", self._errors.read())


def _timed_out(args: Sequence[str | Path], seconds: float) -> MlopsctlError:
    return MlopsctlError(
        f"{Path(args[0]).name} did not end within {seconds:.0f} s.",
        hint=Hint.of("status", note="run the same command again; if it times out again, look at this"),
        code="timeout",
    )


def _failed(args: Sequence[str | Path], code: int, tail: str) -> MlopsctlError:
    if "No space left on device" in tail:
        return MlopsctlError(
            f"the disk is full: {tail}",
            hint=Hint(line="df -h", note="free some space, then run the same command again"),
            code="disk-full",
        )
    return MlopsctlError(
        f"{Path(args[0]).name} failed (exit {code}): {tail}", hint="fix the cause, then run the same command again"
    )


def stream_lines(
    args: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[str]:
    """Run a program and yield each line that it prints on either stream. At the end, raises MlopsctlError if it
    failed."""
    started = time.monotonic()
    with subprocess.Popen(
        _command(args, None),
        env=dict(env) if env is not None else clean_env(),
        cwd=cwd or "/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout  # noqa: S101  # PIPE was requested
        lines = []
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                yield line.rstrip()
        except BaseException:  # the caller reads no more: leaving the block would wait for an end that may never come
            process.kill()
            raise
    _log_end(args, started, process.returncode)
    if process.returncode:
        raise _failed(args, process.returncode, "\n".join(lines[-TAIL:]))


def exec_program(args: Sequence[str | Path], env: Mapping[str, str], user_args: Sequence[str] = ()) -> NoReturn:
    """Replace this process by a program. `user_args` follow `args`; they are not logged, because users can pass
    secrets."""
    logger.debug("exec %s and %d arguments of the user", shlex.join(mask_argv(args)), len(user_args))
    command = [*map(str, args), *user_args]
    os.execve(command[0], command, dict(env))  # noqa: S606
