"""The venv that the managed Airflow lives in, made by uv."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home


@dataclass(frozen=True)
class InstallRecord:
    """What was installed. Written last: a venv without one, or with another, is not taken for whole.

    `constraints` is where the constraint file came from, `wanted` a digest of all that was asked for.
    """

    airflow_version: str
    python: str
    constraints: str
    wanted: str


def uv(*args: str | Path, offline: bool = False) -> list[str]:
    """uv's command line, as a tuple of words."""
    from uv import find_uv_bin

    return [find_uv_bin(), *map(str, args), "--no-progress", *(["--offline"] if offline else [])]


def uv_env() -> dict[str, str]:
    # A Python that uv would fetch by itself comes from a host that many networks do not reach: say so at once instead.
    return process.clean_env(UV_PYTHON_DOWNLOADS="never")


@dataclass(frozen=True)
class Venv:
    """The home's own, unless one is built `beside` it."""

    home: Home
    beside: Path | None = None

    @property
    def path(self) -> Path:
        return self.beside or self.home.venv

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def record_path(self) -> Path:
        return self.path / "mlopsctl.json"

    def record(self) -> InstallRecord | None:
        """What is installed; None where nothing is, or not wholly."""
        try:
            return InstallRecord(**json.loads(self.record_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_record(self, record: InstallRecord) -> None:
        write(self.record_path, json.dumps(asdict(record), indent=1) + "\n", 0o644)

    def find_python(self, wanted: str) -> tuple[str, str]:
        """The path and the version (`3.11`) of the Python to use: a path, `X.Y`, or (empty) the one we run on.

        Raises MlopsctlError where there is none, or it is older than 3.11.
        """
        found = process.run(
            uv("python", "find", "--system", wanted or getattr(sys, "_base_executable", sys.executable)),
            env=uv_env(),
            check=False,
        )
        if found.code:
            raise MlopsctlError(
                f"there is no Python {wanted}.", hint=Hint.of("setup", "--python", "/path/to/python3.11")
            )
        path = found.out.strip()
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        version = process.run([path, "-c", code]).out.strip()
        if tuple(map(int, version.split("."))) < (3, 11):
            raise MlopsctlError(
                f"Python {version} is too old: 3.11 is the least.", hint=Hint.of("setup", "--python", "3.11")
            )
        return path, version

    def create(self, python: str) -> None:
        """A new, empty venv; what stood there half-made is removed. One that can be moved: an upgrade does."""
        shutil.rmtree(self.path, ignore_errors=True)
        process.run(uv("venv", "--relocatable", "--python", python, self.path), env=uv_env())

    def install(self, requirements: Sequence[str], constraints: Path, *, offline: bool) -> Iterator[str]:
        """Install, with bytecode: uv makes none by default, and without it every start of Airflow takes twice as long.

        Yields uv's lines. Raises MlopsctlError in the resolver's words. From the moment that the resolver
        has found a solution the venv is no longer whole: the record goes then, and only then.
        """
        listing = self.home.cache / "requirements.in"
        write(listing, "\n".join(requirements) + "\n")
        command = uv(
            "pip", "install", "--python", self.python, "--compile-bytecode", "-r", listing, "-c", constraints,
            offline=offline,
        )  # fmt: skip
        for line in process.stream_lines(command, env=uv_env()):
            if line.startswith("Resolved"):
                self.record_path.unlink(missing_ok=True)
            yield line

    def put(
        self, packages: Sequence[str], constraints: Path | None, *, alone: bool, again: bool, cache: bool = True
    ) -> None:
        """Install some packages into what is there. `alone`: without what they need. `again`: even if they are there.
        `cache`: from uv's, whose files may be the very same (hard links), and so be damaged too.

        Raises MlopsctlError in the resolver's words.
        """
        options = ["--no-deps"] if alone else []
        options += [word for name in packages if again for word in ("--reinstall-package", name.partition("==")[0])]
        options += ["-c", str(constraints)] if constraints else []
        options += [] if cache else ["--no-cache"]
        # All bytecode takes 5 s; Python makes that of a small package by itself.
        options += ["--compile-bytecode"] if any(name.startswith("apache-airflow") for name in packages) else []
        process.run(uv("pip", "install", "--python", self.python, *options, *packages), env=uv_env())

    def installed(self) -> dict[str, str]:
        """Distribution names (normalised) and versions, read from the venv's metadata folders."""
        pairs = (
            p.name.removesuffix(".dist-info").rsplit("-", 1) for p in self.path.glob("lib/*/site-packages/*.dist-info")
        )
        return {name.replace("_", "-").lower(): version for name, version in pairs}
