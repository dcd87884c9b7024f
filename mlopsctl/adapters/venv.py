"""The virtual environment of the managed Airflow, created by uv."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write
from mlopsctl.core.paths import Home


@dataclass(frozen=True)
class InstallRecord:
    """What was installed. It is written last: a venv without it is incomplete.

    `constraints`: the source of the constraint file. `wanted`: a digest of all that was requested.
    """

    airflow_version: str
    python: str
    constraints: str
    wanted: str


def uv(*args: str | Path, offline: bool = False) -> list[str]:
    """uv's command line."""
    from uv import find_uv_bin

    return [find_uv_bin(), *map(str, args), "--no-progress", *(["--offline"] if offline else [])]


def uv_env() -> dict[str, str]:
    # uv would download a missing Python from a host that many networks block. Better to fail at once.
    return process.clean_env(UV_PYTHON_DOWNLOADS="never")


@dataclass(frozen=True)
class Venv:
    """The home's own, or the one that is being built in `staging`."""

    home: Home
    staging: Path | None = None

    @property
    def path(self) -> Path:
        return self.staging or self.home.venv

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def record_path(self) -> Path:
        return self.path / "mlopsctl.json"

    def record(self) -> InstallRecord | None:
        """What is installed; None if nothing is, or the installation is incomplete."""
        try:
            return InstallRecord(**json.loads(self.record_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_record(self, record: InstallRecord) -> None:
        write(self.record_path, json.dumps(asdict(record), indent=1) + "\n", 0o644)

    def create(self, python: str) -> None:
        """Create an empty venv instead of an incomplete one. It can be moved, which an upgrade does."""
        shutil.rmtree(self.path, ignore_errors=True)
        process.run(uv("venv", "--relocatable", "--python", python, self.path), env=uv_env())

    def lock(self, requirements: Sequence[str], constraints: Path, *, offline: bool) -> Path:
        """A file with the version of each package that install() would install. Raises MlopsctlError with the
        resolver's reason."""
        done = process.run(
            uv("pip", "compile", "-q", "--no-header", "--no-annotate", "--python", self.python,
               self._list(requirements), "-c", constraints, offline=offline),
            env=uv_env(),
        )  # fmt: skip
        lock = self.home.cache / "requirements.lock"
        write(lock, done.out)
        return lock

    def _list(self, requirements: Sequence[str]) -> Path:
        listing = self.home.cache / "requirements.in"
        write(listing, "\n".join(requirements) + "\n")
        return listing

    def install(self, requirements: Sequence[str], constraints: Path, *, offline: bool) -> Iterator[str]:
        """Install. Python compiles the modules to bytecode that are imported, four of ten, when they are. In `staging`,
        all are compiled here: nobody waits for it, but for the first start on the new packages.

        Yields uv's output. Raises MlopsctlError with the resolver's reason. The record is removed as soon as the
        resolver has found a solution: from then on the venv is incomplete, and not before.
        """
        command = uv(
            "pip", "install", "--python", self.python, "-r", self._list(requirements), "-c", constraints,
            *(["--compile-bytecode"] if self.staging else []), offline=offline,
        )  # fmt: skip
        for line in process.stream_lines(command, env=uv_env()):
            if line.startswith("Resolved"):
                self.record_path.unlink(missing_ok=True)
            yield line

    def install_packages(
        self,
        packages: Sequence[str],
        constraints: Path | None,
        *,
        no_deps: bool,
        reinstall: bool,
        use_cache: bool = True,
    ) -> None:
        """Install packages into an existing venv. `use_cache`: of uv, whose files can be hard links to those in the
        venv, and so be damaged, too.

        Raises MlopsctlError with the resolver's reason.
        """
        options = ["--no-deps"] if no_deps else []
        options += [o for name in packages if reinstall for o in ("--reinstall-package", name.partition("==")[0])]
        options += ["-c", str(constraints)] if constraints else []
        options += [] if use_cache else ["--no-cache"]
        process.run(uv("pip", "install", "--python", self.python, *options, *packages), env=uv_env())

    def installed(self) -> dict[str, str]:
        """Normalized names and versions of the distributions, from the venv's metadata folders."""
        pairs = (
            p.name.removesuffix(".dist-info").rsplit("-", 1) for p in self.path.glob("lib/*/site-packages/*.dist-info")
        )
        return {name.replace("_", "-").lower(): version for name, version in pairs}
