import py_compile

from tests.operations.doctor.checks.dags.conftest import Project
from tests.operations.doctor.contexts import findings, fix_first, is_ok


def test_bytecode_without_a_source_is_removed(project: Project) -> None:
    sources = [project.folder / "one" / f"{name}.py" for name in ("old", "older")]
    for source in sources:
        source.write_text("x = 1\n", encoding="utf-8")
    beside_source = sources[0].with_suffix(".pyc")
    py_compile.compile(str(sources[0]), cfile=str(beside_source))
    py_compile.compile(str(sources[1]))  # into __pycache__
    assert is_ok("dag-bytecode", project.home)
    for source in sources:
        source.unlink()
    imported, cached = findings("dag-bytecode", project.home)
    assert imported.verdict == "error" and str(beside_source) in imported.message
    assert cached.verdict == "warning"
    assert fix_first("dag-bytecode", project.home) == ["removed 2 bytecode files"]
    assert is_ok("dag-bytecode", project.home)
