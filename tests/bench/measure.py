"""What the measurements share: a clock, an environment without other platforms, and the last line."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
MLOPSCTL = Path(sys.executable).with_name("mlopsctl")
FOREIGN = ("MLOPSCTL", "AIRFLOW", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV")


def environment(**extra: str) -> dict[str, str]:
    """Ours, without what would favour or hinder one side."""
    return {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)} | {"NO_COLOR": "1"} | extra


def timed(args: Sequence[object], env: Mapping[str, str]) -> float:
    """Seconds that a command takes; its failure ends the measurement with its last words."""
    began = time.perf_counter()
    done = subprocess.run(
        [str(a) for a in args],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        words = (done.stdout + done.stderr).splitlines()[-15:]
        sys.exit(f"{' '.join(map(str, args))}\nfailed (exit {done.returncode}):\n" + "\n".join(words))
    return seconds


@dataclass(frozen=True)
class Run:
    """cpu: seconds. peak: of its memory, in MB; a bound from above, as the system counts what we held when we
    started it."""

    seconds: float
    cpu: float
    peak: float


def measured(args: Sequence[object], env: Mapping[str, str]) -> Run:
    """Run a command; its failure ends the measurement with its last words."""
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(a) for a in args], env=dict(env), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, args))}\nfailed (exit {process.returncode}):\n{said.read()[-3000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def until(ready: Callable[[], bool], what: str, timeout: float = 180, pause: float = 0.1) -> float:
    """Seconds until `ready`; ends the measurement where it never is."""
    began = time.perf_counter()
    while not ready():
        if time.perf_counter() - began > timeout:
            sys.exit(f"{what}: not within {timeout:.0f} s")
        time.sleep(pause)
    return time.perf_counter() - began


def verdict(name: str, ours: float, rival: float, limit: float, against: str) -> bool:
    """Print one line with the ratio; whether it is within the limit."""
    ratio = ours / rival
    word = "ok" if ratio <= limit else "TOO SLOW"
    print(f"{name}: {ours:.3f} s against {rival:.3f} s ({against}): ratio {ratio:.3f}, at most {limit:g}: {word}")
    return ratio <= limit
