"""Our plugin of the managed Airflow, beside those that users may add."""

from mlopsctl.adapters.airflow.programs import PLUGIN
from mlopsctl.adapters.files import write_if_changed
from mlopsctl.core.paths import Home


def has_plugin(home: Home) -> bool:
    """Whether the plugin is there, in the version of this mlopsctl."""
    path = home.airflow_plugin
    return path.exists() and path.read_text(encoding="utf-8") == PLUGIN.read_text(encoding="utf-8")


def write_plugin(home: Home) -> None:
    write_if_changed(home.airflow_plugin, PLUGIN.read_text(encoding="utf-8"))
