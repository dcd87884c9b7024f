"""Writes `config.toml`, and keeps the comments in it."""

from dataclasses import asdict
from pathlib import Path

from mlopsctl.adapters.files import write_if_changed
from mlopsctl.core.settings import Settings

VERSION = "airflow_version"


def save(path: Path, settings: Settings, *, installed: bool = False) -> bool:
    """Write the settings that differ from the defaults; comments and unknown keys stay. False if nothing changed.

    Airflow's version, once `installed`, is always written: another mlopsctl may have another default.
    """
    import tomlkit

    text = path.read_text(encoding="utf-8") if path.exists() else "# Settings of this mlopsctl home.\n"
    document = tomlkit.parse(text)
    defaults = asdict(Settings())
    for key, value in asdict(settings).items():
        if value != defaults[key] or (key == VERSION and (installed or key in document)):
            document[key] = list(value) if isinstance(value, tuple) else value
        elif key in document:
            del document[key]
    return write_if_changed(path, tomlkit.dumps(document))
