"""The managed Airflow's programs, of which only the script that reads DAG files answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlopsctl.adapters.airflow.release import RELEASES, Release
from mlopsctl.core.paths import Home

GOOD: dict[str, Any] = {"dag_ids": ["new"], "errors": {}, "seconds": 0.1}


@dataclass
class FakeFileReader:
    """`answers`: by the name of a file; for all others, that it defines a DAG which Airflow does not list yet. `asked`:
    the names of the files that were read."""

    home: Home
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    release: Release = RELEASES[-1]

    def run_script(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        assert name == "read_dag_files"
        names = [Path(file).name for file in request["files"]]
        self.asked += names
        return {"files": [self.answers.get(file, GOOD) for file in names]}
