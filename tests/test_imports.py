"""What the import contracts in pyproject.toml cannot say. `lint-imports` checks those; .ci/run calls it."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlopsctl

CODE = Path(mlopsctl.__file__).parent
LAYERS = ("cli", "operations", "adapters", "core")

LOADED_BY_HELP = """
import json, sys
try:
    from mlopsctl.cli.main import main
    main(["--help"])
except SystemExit:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules_after(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return set(json.loads(done.stderr))


def test_help_imports_only_click_and_the_standard_library() -> None:
    before = modules_after("import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)")
    after = modules_after(LOADED_BY_HELP) - before
    foreign = {name.split(".")[0] for name in after} - set(sys.stdlib_module_names)
    assert foreign == {"click", "mlopsctl"}
    assert {name for name in after if name.startswith("mlopsctl.")} <= {
        "mlopsctl.cli", "mlopsctl.cli.main", "mlopsctl.core", "mlopsctl.core.errors", "mlopsctl.core.hint",
    }  # fmt: skip


def parse(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported_packages(path: Path) -> Iterator[str]:
    """The top-level name of every module that is imported anywhere in a file."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", sorted((CODE / "core").rglob("*.py")), ids=lambda path: path.stem)
def test_core_imports_only_the_standard_library_and_pendulum(path: Path) -> None:
    pendulum = {"pendulum"} if path.stem == "dates" else set()
    assert set(imported_packages(path)) <= sys.stdlib_module_names | {"mlopsctl"} | pendulum


def test_every_test_file_mirrors_a_module() -> None:
    tests = Path(__file__).parent
    for layer in LAYERS:
        known = {path.relative_to(CODE) for path in (CODE / layer).rglob("*") if path.stem != "__init__"}
        for package in (CODE / layer).rglob("__init__.py"):  # a function defined there counts as a module
            functions = (node for node in ast.walk(parse(package)) if isinstance(node, ast.FunctionDef))
            known |= {package.relative_to(CODE).with_name(f"{function.name}.py") for function in functions}
        files = (path.relative_to(tests) for path in (tests / layer).rglob("test_*.py"))
        mirrored = {path.with_name(path.name.removeprefix("test_")) for path in files}
        stray = {path for path in mirrored if path not in known and path.with_suffix("") not in known}
        assert not stray, f"tests/{layer} tests modules that mlopsctl/{layer} does not have"
