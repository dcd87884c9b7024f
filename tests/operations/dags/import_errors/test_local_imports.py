"""Imports of a project's own modules that Airflow cannot follow."""

from pathlib import Path

import pytest

from mlopsctl.core.model import ImportErrorReport
from mlopsctl.operations.dags.import_errors.import_context import ImportContext
from mlopsctl.operations.dags.import_errors.listing import ImportDiagnosis, diagnose
from tests.operations.dags.zips import write_zip

RELATIVE = "ImportError: attempted relative import with no known parent package"


@pytest.fixture
def context(tmp_path: Path) -> ImportContext:
    """Of a linked project `forecast` with modules at several depths."""
    project = tmp_path / "repository" / "forecast"
    for name in ("steps", "sub/deep", "calendar", "my-tools/part", "email/send"):
        path = project / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def fit(): ...\n")
    (tmp_path / "repository" / "src").mkdir()
    (tmp_path / "repository" / "src" / "lib.py").touch()
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "forecast").symlink_to(project)
    site = tmp_path / "site"
    (site / "installed").mkdir(parents=True)
    (site / "installed" / "__init__.py").touch()
    return ImportContext(tmp_path / "dags", site, (tmp_path / "repository",))


def failing(context: ImportContext, name: str, code: str, error: str) -> ImportDiagnosis:
    """Of a file with a line of code that raised an error."""
    assert context.dags
    path = context.dags / name
    path.write_text(code)
    traceback = f'Traceback (most recent call last):\n  File "{path}", line 1, in <module>\n    {code}\n{error}\n'
    return diagnose(ImportErrorReport(name, traceback), context)


def missing(module: str) -> str:
    return f"ModuleNotFoundError: No module named '{module}'"


@pytest.mark.parametrize(
    ("name", "code", "error", "statement"),
    [
        ("forecast/train.py", "import steps", missing("steps"), "from forecast import steps"),
        ("forecast/train.py", "from steps import fit, x", missing("steps"), "from forecast.steps import fit, x"),
        ("forecast/train.py", "import sub.deep", missing("sub"), "import forecast.sub.deep"),
        ("forecast/sub/train.py", "import steps", missing("steps"), "from forecast import steps"),
        ("forecast/sub/train.py", "import deep", missing("deep"), "from forecast.sub import deep"),
        ("forecast/train.py", "from .steps import fit", RELATIVE, "from forecast.steps import fit"),
        ("forecast/train.py", "from . import steps", RELATIVE, "from forecast import steps"),
        ("forecast/sub/train.py", "from ..steps import fit", RELATIVE, "from forecast.steps import fit"),
        ("forecast/sub/train.py", "from ...top import x", RELATIVE, "from top import x"),
        ("train.py", "from .forecast.steps import fit", RELATIVE, "from forecast.steps import fit"),
    ],
)
def test_import_is_written_from_the_dags_folder(
    context: ImportContext, name: str, code: str, error: str, statement: str
) -> None:
    found = failing(context, name, code, error)
    assert found.cause == "local-import"
    assert found.hint.note.endswith(f": write {statement}") and not found.hint.command


@pytest.mark.parametrize(
    ("name", "code", "error", "part"),
    [
        (
            "forecast/my-tools/train.py",
            "import part",
            missing("part"),
            "to my_tools, then write from forecast.my_tools",
        ),
        (
            "forecast/train.py",
            "from calendar import fit",
            "ImportError: cannot import name 'fit' from 'calendar' (/usr/lib/python3.11/calendar.py)",
            "write from forecast.calendar import fit",
        ),
        ("forecast/train.py", "import email.send", missing("email.send"), "write import forecast.email.send"),
        ("forecast/train.py", "import email.gone", missing("email.gone"), "write import forecast.email.gone"),
    ],
)
def test_names_that_python_does_not_look_up_there(
    context: ImportContext, name: str, code: str, error: str, part: str
) -> None:
    found = failing(context, name, code, error)
    assert (found.cause, part in found.hint.note) == ("local-import", True), found.hint


@pytest.mark.parametrize("name", ["installed", "email"])
def test_folder_with_the_name_of_another_package_is_to_be_renamed(context: ImportContext, name: str) -> None:
    """It never becomes importable: reading the files again would not help."""
    assert context.dags
    (context.dags / name).mkdir()
    (context.dags / name / "steps.py").touch()
    found = failing(context, "train.py", f"import {name}.steps", missing(f"{name}.steps"))
    assert (found.cause, "another name" in found.hint.note) == ("local-import", True)
    (context.dags / name / "train.py").touch()
    found = failing(context, f"{name}/train.py", "import steps", missing("steps"))
    assert f"rename the folder to {name}_dags, then write from {name}_dags import steps" in found.hint.note


def test_file_that_comes_before_a_folder_of_the_same_name(context: ImportContext) -> None:
    assert context.dags
    (context.dags / "tools").mkdir()
    (context.dags / "tools" / "part.py").touch()
    (context.dags / "tools.py").touch()
    found = failing(context, "train.py", "import tools.part", missing("tools.part"))
    assert (found.cause, "rename one of them" in found.hint.note) == ("local-import", True)


def test_module_that_python_does_not_have(context: ImportContext) -> None:
    found = failing(context, "train.py", "import json.nothing", missing("json.nothing"))
    assert (found.cause, found.hint.note) == ("missing-module", "Python has no module json.nothing: correct the import")


@pytest.mark.parametrize("dots", ["...", "." * 50])
def test_relative_import_that_leads_nowhere(context: ImportContext, dots: str) -> None:
    found = failing(context, "forecast/train.py", f"from {dots}src.lib import x", RELATIVE)
    assert (found.cause, found.hint.note.endswith("without dots")) == ("local-import", True)


def test_relative_import_of_a_package_beside_the_linked_folder(context: ImportContext) -> None:
    found = failing(context, "forecast/train.py", "from ..src.lib import x", RELATIVE)
    assert (found.cause, found.hint.command) == ("not-linked", ("link", "add", f"{context.folders[0]}/src"))
    assert found.hint.note == "then write from src.lib import x"


def test_relative_import_in_a_zip_file(context: ImportContext) -> None:
    """Its own top level is on the path."""
    assert context.dags
    pack = write_zip(context.dags / "pack.zip", train="from .steps import fit", steps="")
    traceback = f'Traceback (most recent call last):\n  File "{pack}/train.py", line 1, in <module>\n{RELATIVE}\n'
    found = diagnose(ImportErrorReport("pack.zip/train.py", traceback), context)
    assert (found.cause, found.hint.note.endswith("write from steps import fit")) == ("local-import", True)
