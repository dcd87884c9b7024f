"""How packages come into the managed Airflow later on: under the constraint file that it was installed with."""

from collections.abc import Sequence
from pathlib import Path

from mlopsctl.adapters.constraints import BUNDLED, kept
from mlopsctl.adapters.venv import InstallRecord
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.paths import Home
from mlopsctl.operations.platform import Platform
from mlopsctl.operations.setup.install import explain


def constraint_file(home: Home, record: InstallRecord) -> Path | None:
    """The file that the installation was made under; None where it is gone."""
    source = record.constraints.removesuffix(", from the cache")
    if source == "bundled":
        path = BUNDLED / f"constraints-{record.airflow_version}-{record.python}.txt"
    elif source in ("official", "computed") or "://" in source:
        path = kept(home.cache, record.airflow_version, record.python, source)
    else:
        path = Path(source)
    return path if path.is_file() else None


def install(
    platform: Platform, packages: Sequence[str], *, alone: bool = False, again: bool = False, cache: bool = True
) -> None:
    """Install packages into the managed Airflow, under its constraint file. `alone`, `again`, `cache`: as of Venv.put.
    Raises MlopsctlError."""
    record = platform.venv.record()
    if not record:
        raise MlopsctlError("no Airflow is wholly installed in this home.", hint=Hint.of("setup"), code="no-airflow")
    file = None if alone else constraint_file(platform.home, record)
    if not file and not alone:
        raise MlopsctlError(
            f"the constraint file ({record.constraints}) is gone.", hint=Hint.of("setup"), code="no-constraints"
        )
    try:
        platform.venv.put(packages, file, alone=alone, again=again, cache=cache)
    except MlopsctlError as e:
        raise explain(e, record.airflow_version, offline=False) from e
