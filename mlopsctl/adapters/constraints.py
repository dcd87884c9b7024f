"""Constraint files: the one set of versions under which an Airflow release is known to work.

Where they come from, in the order of `auto`: the cache; the official file; the one that comes with mlopsctl for the
default version; one computed from the package index as it stood when the release was made.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from mlopsctl.adapters import process
from mlopsctl.adapters.files import write
from mlopsctl.adapters.venv import uv, uv_env
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint

# The form that Airflow's installation guide documents.
OFFICIAL = "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-{python}.txt"
BUNDLED = Path(__file__).parent.parent / "constraints"
SECONDS = 3.0  # for the official file: many networks let such a request hang
AFTER_RELEASE = timedelta(days=1)  # providers of the same wave are uploaded some hours after Airflow itself


WORDS = ("auto", "official", "bundled")


def given(where: str) -> Path:
    """The path of a constraint file that the user names. Raises MlopsctlError where there is none."""
    path = Path(where).expanduser().absolute()
    if not path.is_file():
        raise MlopsctlError(
            f"the constraint file {path} does not exist.",
            hint=Hint.of("setup", "--constraints", "auto"),
            code="no-constraints",
        )
    return path


def kept(cache: Path, version: str, python: str, source: str) -> Path:
    """Where a constraint file is kept. `source`: official, computed, or the URL that it came from."""
    word = f"given-{sha256(source.encode()).hexdigest()[:12]}" if "://" in source else source
    return cache / f"constraints-{version}-{python}.{word}.txt"


@dataclass(frozen=True)
class Constraints:
    """A constraint file and where it came from, in a word for people."""

    path: Path
    source: str


@dataclass(frozen=True)
class ConstraintFiles:
    """For one Airflow version on one Python (`3.11`). `requirements` is what a computed file must cover."""

    cache: Path
    version: str
    python: str
    offline: bool = False
    requirements: Sequence[str] = ()

    def get(self, wanted: str) -> Constraints:
        """`wanted`: auto, official, bundled, a file or a URL. Raises MlopsctlError where it cannot be had."""
        ways: dict[str, Callable[[], Constraints | None]] = {"official": self._official, "bundled": self._bundled}
        if wanted in ways:
            found = ways[wanted]()
            if not found:
                raise MlopsctlError(
                    f"there is no {wanted} constraint file for Airflow {self.version} on Python {self.python}, "
                    "or it cannot be reached.",
                    hint=Hint.of("setup", "--constraints", "auto"),
                    code="no-constraints",
                )
            return found
        if wanted != "auto":
            return self._given(wanted)
        for way in (self._cached, self._official, self._bundled):
            if found := way():
                return found
        return self._computed()

    def _name(self, source: str) -> Path:
        return kept(self.cache, self.version, self.python, source)

    def _cached(self) -> Constraints | None:
        for source in ("official", "computed"):
            if self._name(source).exists():
                return Constraints(self._name(source), f"{source}, from the cache")
        return None

    def _official(self) -> Constraints | None:
        if self.offline:
            return None
        text = self._fetch(OFFICIAL.format(version=self.version, python=self.python))
        return self._keep("official", text) if text else None

    def _bundled(self) -> Constraints | None:
        path = BUNDLED / f"constraints-{self.version}-{self.python}.txt"
        return Constraints(path, "bundled") if path.exists() else None

    def _given(self, where: str) -> Constraints:
        if "://" in where:
            text = None if self.offline else self._fetch(where)
            if self.offline and self._name(where).exists():
                return Constraints(self._name(where), f"{where}, from the cache")
            if not text:
                raise MlopsctlError(
                    f"no constraint file can be had from {where}.", hint=Hint.of("setup"), code="no-constraints"
                )
            return self._keep(where, text)
        path = given(where)
        return Constraints(path, str(path))

    def _fetch(self, url: str) -> str | None:
        """The text of a constraint file; None where the network, the host or the file is not there."""
        import httpx

        try:
            answer = httpx.get(url, timeout=SECONDS, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return None
        whole = answer.status_code == 200 and re.search(r"^[\w.-]+==", answer.text, re.MULTILINE)
        return answer.text if whole else None

    def _keep(self, source: str, text: str) -> Constraints:
        write(self._name(source), text, 0o644)
        return Constraints(self._name(source), source)

    def _computed(self) -> Constraints:
        """What a resolver would have found on the day after the release."""
        released = self._release_date()
        listing = self.cache / "constraints.in"
        write(listing, "\n".join(self.requirements) + "\n")
        done = process.run(
            uv("pip", "compile", "-q", "--no-header", "--no-annotate", "--python-version", self.python,
               "--exclude-newer", released, listing, offline=self.offline),
            env=uv_env(),
        )  # fmt: skip
        return self._keep("computed", done.out)

    def _release_date(self) -> str:
        """A day after Airflow's files were uploaded (the lock format of PEP 751 carries the index's upload times)."""
        done = process.run(
            uv("pip", "compile", "-q", "--no-deps", "--format", "pylock.toml", "--python-version", self.python, "-",
               offline=self.offline),
            env=uv_env(),
            input=f"apache-airflow=={self.version}\n",
            check=False,
        )  # fmt: skip
        if done.code:
            raise self._unknown(done.tail)
        package = tomllib.loads(done.out)["packages"][0]
        uploads = [f["upload-time"] for f in package.get("wheels", []) if "upload-time" in f]
        if not uploads:
            raise MlopsctlError(
                f"the package index does not say when Airflow {self.version} was released.",
                hint=Hint.of("setup", "--constraints", "FILE"),
                code="no-constraints",
            )
        return str((max(uploads) + AFTER_RELEASE).isoformat())

    def _unknown(self, words: str) -> MlopsctlError:
        if self.offline or "no version of apache-airflow" not in words:
            return MlopsctlError(
                f"no constraint file for Airflow {self.version}: the package index cannot be asked. {words}",
                hint=Hint.of("setup", "--constraints", "FILE", note="or connect the network"),
                code="no-network",
            )
        return MlopsctlError(
            f"there is no Airflow {self.version} in the package index.", hint=Hint.of("setup"), code="unknown-version"
        )
