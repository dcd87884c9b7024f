"""The house has floors, and imports go down only; what is heavy is imported where it is used."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlopsctl

CODE = Path(mlopsctl.__file__).parent
FLOORS = {"cli": 3, "operations": 2, "adapters": 1}

SEEN = """
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


def test_help_needs_nothing_but_click_and_the_standard_library() -> None:
    before = modules_after("import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)")
    after = modules_after(SEEN) - before
    foreign = {name.split(".")[0] for name in after} - set(sys.stdlib_module_names)
    assert foreign == {"click", "mlopsctl"}
    assert {name for name in after if name.startswith("mlopsctl.")} <= {
        "mlopsctl.cli", "mlopsctl.cli.main", "mlopsctl.core", "mlopsctl.core.errors", "mlopsctl.core.hint",
    }  # fmt: skip


def files() -> Iterator[Path]:
    return (path for path in sorted(CODE.rglob("*.py")) if "airflow_scripts" not in path.relative_to(CODE).parts)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in a file, by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def floor_of(module: str) -> int:
    """The floor of `mlopsctl.cli.setup`: 3. What all may use is 0."""
    return FLOORS.get(module.split(".")[1] if "." in module else "", 0)


def names(path: Path) -> set[str]:
    return set(imports(parsed(path)))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(CODE).with_suffix("").parts)


@pytest.mark.parametrize("path", list(files()), ids=name_of)
def test_imports_go_down_only(path: Path) -> None:
    own = floor_of(f"mlopsctl.{name_of(path)}")
    if path.name == "__main__.py":
        own = FLOORS["cli"]
    assert not {name for name in names(path) if name.startswith("mlopsctl.") and floor_of(name) > own}


@pytest.mark.parametrize("path", list(files()), ids=name_of)
def test_every_outside_thing_has_one_door(path: Path) -> None:
    roots = {name.split(".")[0] for name in names(path)}
    assert "airflow" not in roots, "Airflow lives in a venv of its own"
    assert ("subprocess" in roots) == (name_of(path) == "adapters.process")
    assert "MySQLdb" not in roots or name_of(path) == "adapters.mariadb.client"
    if floor_of(f"mlopsctl.{name_of(path)}") < FLOORS["cli"]:
        assert not roots & {"click", "rich"}, "only the command line speaks with people"


@pytest.mark.parametrize("path", list(files()), ids=name_of)
def test_nothing_below_the_command_line_prints_exits_or_runs_programs(path: Path) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not calls & {"os.system", "os.popen", "os.fork"}
    if floor_of(f"mlopsctl.{name_of(path)}") < FLOORS["cli"]:
        assert not calls & {"print", "input", "exit", "sys.exit", "sys.stdout.write", "sys.stderr.write"}


def test_the_nouns_and_the_failures_need_the_standard_library_alone() -> None:
    for name in ("core/model.py", "core/errors.py"):
        roots = {module.split(".")[0] for module in names(CODE / name)}
        assert roots - {"mlopsctl"} <= set(sys.stdlib_module_names)


def test_every_test_mirrors_a_file_by_its_name() -> None:
    tests = Path(__file__).parent
    for floor in FLOORS:
        known = {path.relative_to(CODE) for path in (CODE / floor).rglob("*") if path.stem != "__init__"}
        for package in (CODE / floor).rglob("__init__.py"):  # what stands there itself is a verb of the package
            verbs = (node for node in ast.walk(parsed(package)) if isinstance(node, ast.FunctionDef))
            known |= {package.relative_to(CODE).with_name(f"{verb.name}.py") for verb in verbs}
        files = (path.relative_to(tests) for path in (tests / floor).rglob("test_*.py"))
        mirrored = {path.with_name(path.name.removeprefix("test_")) for path in files}
        stray = {path for path in mirrored if path not in known and path.with_suffix("") not in known}
        assert not stray, f"tests/{floor} tests what mlopsctl/{floor} does not have"
