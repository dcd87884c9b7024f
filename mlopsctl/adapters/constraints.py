"""Constraint files: the set of package versions that an Airflow release is tested with.

`auto` tries in this order: the cache; the official file; the one bundled with mlopsctl, which has one per minor
release; one that is computed from the package index as it was when the release was made.
"""

import logging
import re
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write
from mlopsctl.adapters.index_errors import explain_index
from mlopsctl.adapters.venv import uv, uv_env
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.masking import mask_text

# As Airflow's installation guide documents it.
OFFICIAL = "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-{python}.txt"
BUNDLED = Path(__file__).parent.parent / "constraints"
TIMEOUT = 3.0  # seconds for a download: many networks let such a request hang
AFTER_RELEASE = timedelta(days=1)  # the providers of a release are uploaded some hours after Airflow itself
KEYWORDS = ("auto", "official", "bundled")  # `--constraints`; anything else is a file or a URL

logger = logging.getLogger("mlopsctl.http")


def check_given(name: str, version: str) -> None:
    """Whether a constraint file or URL can be that of an Airflow version, as far as this is known without a download.

    Raises MlopsctlError if the file does not exist, or is for another Airflow.
    """
    if "://" in name:
        _check_version(name, "", version)
    else:
        _read_file(name, version)


def _read_file(name: str, version: str) -> Path:
    path = Path(name).expanduser().absolute()
    if not path.is_file():
        raise _missing(f"the constraint file {path} does not exist.")
    _check_version(str(path), path.read_text(encoding="utf-8", errors="replace"), version)
    return path


def _check_version(name: str, text: str, version: str) -> None:
    """Official files do not pin Airflow itself, but their URLs contain its version."""
    pinned = re.search(r"^apache-airflow(?:-core)?==([\w.]+)", text, re.MULTILINE)
    found = pinned or re.search(r"constraints-(\d+\.\d+\.\d+)[/-]", name)
    if found and found[1] != version:
        raise MlopsctlError(
            f"{mask_text(name)} is a constraint file for Airflow {found[1]}, not for {version}.",
            hint=Hint.of("setup", "--airflow-version", found[1], note="or --constraints auto"),
            code="constraints-mismatch",
        )


def cache_path(cache: Path, version: str, python: str, source: str) -> Path:
    """The cache file of a constraint file. `source`: official, computed, or its URL."""
    name = f"given-{sha256(source.encode()).hexdigest()[:12]}" if "://" in source else source
    return cache / f"constraints-{version}-{python}.{name}.txt"


def _missing(message: str, file: str = "auto") -> MlopsctlError:
    return MlopsctlError(message, hint=Hint.of("setup", "--constraints", file), code="no-constraints")


def bundled_pythons(version: str) -> list[str]:
    """The versions of Python for which a constraint file of an Airflow is bundled, oldest first."""
    prefix = f"constraints-{version}-"
    return sorted(path.stem.removeprefix(prefix) for path in BUNDLED.glob(f"{prefix}*.txt"))


def is_released(version: str, *, offline: bool) -> bool:
    """Whether the package index has this Airflow; with `offline`, whether uv's cache has it.

    Raises MlopsctlError if the index cannot be used.
    """
    done = _lock_airflow(version, (), offline=offline)
    if done.code and not offline and (unusable := explain_index(done.err)):
        raise unusable
    return done.code == 0


def _lock_airflow(version: str, options: Sequence[str], *, offline: bool) -> process.Completed:
    """The lock file of Airflow without its dependencies. The format of PEP 751 has the index's upload times."""
    return process.run(
        uv("pip", "compile", "-q", "--no-deps", "--format", "pylock.toml", *options, "-", offline=offline),
        env=uv_env(),
        input=f"apache-airflow=={version}\n",
        check=False,
    )


@dataclass(frozen=True)
class Constraints:
    """A constraint file, and its source as people read it."""

    path: Path
    source: str


@dataclass(frozen=True)
class ConstraintFiles:
    """For an Airflow version on a Python version (`3.11`). `requirements`: what a computed file must cover."""

    cache: Path
    version: str
    python: str
    offline: bool = False
    requirements: Sequence[str] = ()

    def get(self, requested: str) -> Constraints:
        """`requested`: auto, official, bundled, a file or a URL. Raises MlopsctlError if it is not available."""
        sources: dict[str, Callable[[], Constraints | None]] = {"official": self._official, "bundled": self._bundled}
        if requested in sources:
            found = sources[requested]()
            if not found:
                raise _missing(
                    f"there is no {requested} constraint file for Airflow {self.version} on Python {self.python}, "
                    "or it cannot be downloaded."
                )
            return found
        if requested != "auto":
            return self._from_file_or_url(requested)
        for source in (self._cached, self._official, self._bundled):
            if found := source():
                return found
        return self._computed()

    def _cache_path(self, source: str) -> Path:
        return cache_path(self.cache, self.version, self.python, source)

    def _cached(self) -> Constraints | None:
        for source in ("official", "computed"):
            if self._cache_path(source).exists():
                return Constraints(self._cache_path(source), f"{source}, from the cache")
        return None

    def _official(self) -> Constraints | None:
        if self.offline:
            return None
        text = self._download(OFFICIAL.format(version=self.version, python=self.python))
        return self._save("official", text) if text else None

    def _bundled(self) -> Constraints | None:
        path = BUNDLED / f"constraints-{self.version}-{self.python}.txt"
        return Constraints(path, "bundled") if path.exists() else None

    def _from_file_or_url(self, name: str) -> Constraints:
        if "://" not in name:
            path = _read_file(name, self.version)
            return Constraints(path, str(path))
        _check_version(name, "", self.version)
        text = None if self.offline else self._download(name)
        if self.offline and self._cache_path(name).exists():
            return Constraints(self._cache_path(name), f"{name}, from the cache")
        if not text:
            message = f"cannot download a constraint file from {mask_text(name)}."
            raise MlopsctlError(message, hint=Hint.of("setup"), code="no-constraints")
        _check_version(name, text, self.version)
        return self._save(name, text)

    def _download(self, url: str) -> str | None:
        """The text of a constraint file; None if it cannot be downloaded, or is something else."""
        import httpx

        started = time.monotonic()
        try:
            answer = httpx.get(url, timeout=TIMEOUT, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as e:
            logger.debug("GET %s no answer: %s", mask_text(url), e)
            return None
        milliseconds = (time.monotonic() - started) * 1000
        logger.debug("GET %s %d %.0f ms", mask_text(url), answer.status_code, milliseconds)
        valid = answer.status_code == 200 and re.search(r"^[\w.-]+==", answer.text, re.MULTILINE)
        return answer.text if valid else None

    def _save(self, source: str, text: str) -> Constraints:
        write(self._cache_path(source), text, 0o644)
        return Constraints(self._cache_path(source), source)

    def _computed(self) -> Constraints:
        """What a resolver would have found on the day after the release."""
        release_date = self._release_date()
        listing = self.cache / "constraints.in"
        write(listing, "\n".join(self.requirements) + "\n")
        done = process.run(
            uv("pip", "compile", "-q", "--no-header", "--no-annotate", "--python-version", self.python,
               "--exclude-newer", release_date, listing, offline=self.offline),
            env=uv_env(),
        )  # fmt: skip
        return self._save("computed", done.out)

    def _release_date(self) -> str:
        """A day after Airflow's files were uploaded."""
        done = _lock_airflow(self.version, ("--python-version", self.python), offline=self.offline)
        if done.code:
            raise self._not_in_index(done.tail)
        package = tomllib.loads(done.out)["packages"][0]
        uploads = [f["upload-time"] for f in package.get("wheels", []) if "upload-time" in f]
        if not uploads:
            raise _missing(f"the package index does not show when Airflow {self.version} was released.", "FILE")
        return str((max(uploads) + AFTER_RELEASE).isoformat())

    def _not_in_index(self, output: str) -> MlopsctlError:
        if not self.offline and (unusable := explain_index(output)):
            return unusable
        if self.offline or "no version of apache-airflow" not in output:
            return MlopsctlError(
                f"no constraint file for Airflow {self.version}: cannot reach the package index. {output}",
                hint=Hint.of("setup", "--constraints", "FILE", note="or connect to the network"),
                code="no-network",
            )
        message = f"there is no Airflow {self.version} in the package index."
        return MlopsctlError(message, hint=Hint.of("setup"), code="unknown-version")
