"""What a component does not load."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import NO_SCRIPT_FOLDER, SCRIPTS

# The names of Airflow and Cadwyn that are used. The tag OLD marks a route that only older versions have.
API = {
    "airflow/api_fastapi/execution_api/versions.py": """
from cadwyn import VersionBundle, Version
bundle = VersionBundle("head", Version("2026-06-30", "change"), Version("2025-04-11"))
""",
    "airflow/api_fastapi/execution_api/routes.py": """
from types import SimpleNamespace
execution_api_router = SimpleNamespace(routes=[SimpleNamespace(tags=["OLD"]), SimpleNamespace(tags=["Runs"])])
""",
    "svcs/__init__.py": "try:\n    from . import aiohttp\nexcept ImportError:\n    pass",
    "svcs/aiohttp.py": "raise AssertionError('it is not needed')",
    "airflow/__main__.py": """
import json
import svcs
from airflow.api_fastapi.execution_api.routes import execution_api_router
from airflow.api_fastapi.execution_api.versions import bundle
def main():
    versions = [[version.value, *version.changes] for version in bundle.versions]
    print(json.dumps([versions, [route.tags for route in execution_api_router.routes]]))
""",
    "cadwyn/__init__.py": """
class Version:
    def __init__(self, value, *changes):
        self.value, self.changes = value, changes
class VersionBundle:
    def __init__(self, head, *versions):
        self.versions = versions
def HeadVersion():
    return "head"
""",
    "cadwyn/route_generation.py": "_DELETED_ROUTE_TAG = 'OLD'",
    "uvicorn.py": "class Server:\n    async def startup(self): pass",
}
WITHOUT_LOG_SERVER = {
    "airflow/executors/local_executor.py": "class LocalExecutor: pass",
    "airflow/utils/serve_logs.py": "raise ImportError('it is not needed')",
    "airflow/__main__.py": """
import json
from airflow.utils.serve_logs import serve_logs
def main():
    print(json.dumps(serve_logs))
""",
}
ALL = [[["2026-06-30", "change"], ["2025-04-11"]], [["OLD"], ["Runs"]]]
LATEST = [[["2026-06-30"]], [["Runs"]]]


def start(folder: Path, component: str, modules: dict[str, str]) -> Any:
    for name, text in modules.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    done = subprocess.run(
        [sys.executable, *NO_SCRIPT_FOLDER, SCRIPTS / "preload.py", folder, component],
        env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads((folder / f"{component}.json").read_text())["failed"] == {}
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("executor", "sdk", "expected"),
    [
        ("LocalExecutor", "2026-06-30", LATEST),
        ("LocalExecutor", "2025-04-11", ALL),  # tasks with an older SDK
        ("CeleryExecutor,LocalExecutor", "2026-06-30", LATEST),
        ("KubernetesExecutor", "2026-06-30", ALL),  # tasks in images that others made
    ],
)
def test_the_api_server_answers_the_sdk_of_this_installation(
    tmp_path: Path, executor: str, sdk: str, expected: Any
) -> None:
    configured = {
        "airflow/configuration.py": f"class conf:\n    get = staticmethod(lambda section, name: {executor!r})",
        "airflow/sdk/api/datamodels/_generated.py": f"API_VERSION = {sdk!r}",
    }
    assert start(tmp_path, "api-server", API | configured) == expected


@pytest.mark.parametrize("component", ["scheduler", "triggerer"])
def test_the_log_server_is_not_imported(tmp_path: Path, component: str) -> None:
    assert start(tmp_path, component, WITHOUT_LOG_SERVER) is None
