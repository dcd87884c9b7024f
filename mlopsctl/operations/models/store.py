"""The model store, on this machine."""

import shutil
from pathlib import Path, PurePosixPath

from mlopsctl.core import storage
from mlopsctl.operations.models.versions import ModelVersion
from mlopsctl.operations.platform import Platform


def folder_with(platform: Platform, version: ModelVersion) -> Path:
    """The folder of the store, with the files of this version. Those of an object storage are copied to the cache.
    Raises MlopsctlError if it does not answer."""
    url = storage.locations(platform.home, platform.settings.storage).models
    if folder := storage.folder(url):
        return folder
    copies, place = platform.home.cache / "models", PurePosixPath(version.artifact).parent
    if not {"..", "/"} & set(place.parts):
        shutil.rmtree(copies / place, ignore_errors=True)
        pair = [f"{url}/{place}", f"{storage.FOLDER}://{copies / place}"]
        platform.airflow.run_script("storage", {"copies": [pair], "xcoms": None})
    return copies
