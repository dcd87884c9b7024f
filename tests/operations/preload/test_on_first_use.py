"""What is preloaded besides the modules that DAG files name."""

import ast
from pathlib import Path

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS
from mlopsctl.adapters.airflow.release import RELEASES
from mlopsctl.operations.preload.on_first_use import ON_FIRST_USE, on_first_use


@pytest.mark.parametrize(
    ("modules", "later"),
    [
        (["sklearn.linear_model", "sklearn"], ["warm_up:data_frames"]),
        (["sklearning", "airflow.providers.http"], []),
        (["pandas", "matplotlib.figure"], ["matplotlib.backends.backend_svg"]),
    ],
)
def test_a_library_brings_what_is_installed_of_what_it_imports_later(
    tmp_path: Path, modules: list[str], later: list[str]
) -> None:
    backends = tmp_path / "matplotlib" / "backends"
    backends.mkdir(parents=True)
    (backends / "backend_svg.py").touch()
    assert on_first_use(modules, tmp_path) == later


def test_each_function_to_call_exists() -> None:
    tree = ast.parse((SCRIPTS / "warm_up.py").read_text(encoding="utf-8"))
    functions = {f"warm_up:{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = [*RELEASES[-1].preload, *(name for names in ON_FIRST_USE.values() for name in names)]
    called = {name for name in named if ":" in name}
    assert called == functions - {"warm_up:load", "warm_up:small_dag"}
