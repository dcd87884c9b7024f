"""What libraries import only when they are used: no DAG file names it, and each task pays for it."""

from collections.abc import Iterable
from pathlib import Path

from mlopsctl.operations.preload.imports import is_installed

_MYSQL = ("MySQLdb.connections", "MySQLdb.cursors")
# By module or package. Names with a colon are functions of airflow_scripts/warm_up.py.
ON_FIRST_USE = {
    "airflow.providers.common.sql": _MYSQL,  # for the connection `feature_store`
    "airflow.providers.mysql": _MYSQL,
    "matplotlib": ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    "pandas": ("pyarrow.pandas_compat",),
    "pendulum": ("pendulum.locales.en.locale",),
    "sklearn": ("warm_up:data_frames",),
}


def on_first_use(modules: Iterable[str], site_packages: Path) -> list[str]:
    """What these modules, or the packages that they are in, import later. What is not installed is left out."""
    found: dict[str, None] = {}
    for module in modules:
        for name, later in ON_FIRST_USE.items():
            if f"{module}.".startswith(f"{name}."):
                found |= dict.fromkeys(later)
    return [name for name in found if ":" in name or is_installed(site_packages, name)]
