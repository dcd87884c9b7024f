"""OpenAPI documents of Airflow releases, cut down to the operations and fields that mlopsctl uses.

To record those of another release: `python -m tests.adapters.airflow.specs.record VERSION…`
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from mlopsctl.adapters.airflow.capabilities import Capabilities, from_openapi
from mlopsctl.core.settings import AIRFLOW_VERSION

FOLDER = Path(__file__).parent
VERSIONS = tuple(
    sorted((file.stem for file in FOLDER.glob("*.json")), key=lambda version: [int(n) for n in version.split(".")])
)
NEWEST = AIRFLOW_VERSION


@cache
def document(version: str) -> Any:
    return json.loads((FOLDER / f"{version}.json").read_text(encoding="utf-8"))


@cache
def capabilities(version: str) -> Capabilities:
    return from_openapi(version, document(version))
