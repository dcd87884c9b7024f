"""The only door to other programs. Arguments are lists, never a shell's string; secrets go by file or pipe."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mlopsctl.core.errors import MlopsctlError

# What would lead a program of the home astray: another Airflow's settings, another Python's.
_FOREIGN = ("AIRFLOW", "PYTHON", "VIRTUAL_ENV", "PG", "MYSQL", "MARIADB", "MLOPSCTL", "SUPERVISOR")


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def last_words(self) -> str:
        """The end of what it said, for an error message."""
        return "\n".join((self.err.strip() or self.out.strip()).splitlines()[-12:])


def clean_env(**extra: str) -> dict[str, str]:
    """This process's environment without what belongs to other platforms, plus `extra`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    return kept | {"PYTHONUTF8": "1"} | extra


def find(program: str, *folders: str) -> str | None:
    """The path of `program` on PATH, in the system folders that PATH may lack, or in `folders`."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *folders]))


def account_exists(name: str | None) -> bool:
    """Whether the system has an account of that name; None, our own, it has."""
    import pwd

    try:
        return name is None or bool(pwd.getpwnam(name))
    except KeyError:
        return False


def _command(args: Sequence[str | Path], user: str | None, detach: bool = False) -> list[str]:
    """Behind setpriv: the program dies with the thread that waits for it, so that a killed mlopsctl leaves none at
    work; unless it is to `detach`, as a daemon does."""
    setpriv = ["setpriv"] if detach else ["setpriv", "--pdeathsig", "KILL"]
    if user:
        setpriv += ["--reuid", user, "--regid", user, "--init-groups"]
    return [*setpriv, "--", *map(str, args)]


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
) -> Finished:
    """Run to the end (`detach`: to its fork into the background). `user`: the account to run under (needs root).

    Raises MlopsctlError with the program's last words.
    """
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
        raise _late(args, e.timeout) from e
    finished = Finished(done.returncode, done.stdout, done.stderr)
    if check and done.returncode:
        raise _failed(args, done.returncode, finished.last_words)
    return finished


class Begun:
    """A program that reads its input late, so that it can be started before there is any. It dies with the thread that
    began it."""

    def __init__(self, args: Sequence[str | Path], env: Mapping[str, str]) -> None:
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

    def finish(self, input: str) -> Finished:
        """Give it its input and wait for its end."""
        out, err = self._process.communicate(input)
        return Finished(self._process.returncode, out, err)


def _late(args: Sequence[str | Path], seconds: float) -> MlopsctlError:
    return MlopsctlError(
        f"{Path(args[0]).name} did not end within {seconds:.0f} s.",
        hint="say the same command again; if it stays so: mlopsctl status",
        code="timeout",
    )


def _failed(args: Sequence[str | Path], code: int, words: str) -> MlopsctlError:
    if "No space left on device" in words:
        return MlopsctlError(
            f"the disk is full: {words}", hint="make room (df -h), then say the same command again", code="disk-full"
        )
    return MlopsctlError(
        f"{Path(args[0]).name} failed (exit {code}): {words}", hint="mend what it says, then say the same command again"
    )


def lines(
    args: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[str]:
    """Run and yield each line it prints (both streams) as it comes. Raises MlopsctlError at the end if it failed."""
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
        assert process.stdout  # noqa: S101  # PIPE was asked for
        said = []
        try:
            for line in process.stdout:
                said.append(line.rstrip())
                yield line.rstrip()
        except BaseException:  # nobody reads on: leaving the block would wait for an end that may never come
            process.kill()
            raise
    if process.returncode:
        raise _failed(args, process.returncode, "\n".join(said[-12:]))


def become(args: Sequence[str | Path], env: Mapping[str, str]) -> NoReturn:
    """Replace this process: for an interactive client, or the managed Airflow's own command line."""
    command = [str(a) for a in args]
    os.execve(command[0], command, dict(env))  # noqa: S606
