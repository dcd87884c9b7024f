from pathlib import Path

import pytest

from mlopsctl.adapters import process
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.dags.migrate import plan as planning

CODE = "x = '{{ execution_date }}'\n"


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    process.run(("git", "-C", folder, *identity, *words))


def test_file_outside_git_is_not_committed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    with pytest.raises(MlopsctlError) as caught:
        planning.check_committed(planning.read([tmp_path]))
    assert caught.value.code == "not-committed"


def test_committed_file_may_be_changed_until_it_differs(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    planning.check_committed(planning.read([tmp_path]))
    (tmp_path / "a.py").write_text(CODE * 2, encoding="utf-8")
    with pytest.raises(MlopsctlError):
        planning.check_committed(planning.read([tmp_path]))


def test_plan_has_a_step_for_each_file_that_changes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "c.py").write_text("x = 1\n", encoding="utf-8")
    plan = planning.plan(planning.read([tmp_path]))
    assert [Path(step.name).name for step in plan.steps] == ["a.py", "b.py"]
    assert plan.asks


def test_nothing_to_rewrite_asks_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.py").write_text("x = 1\n", encoding="utf-8")
    plan = planning.plan(planning.read([tmp_path]))
    assert (plan.steps, plan.asks) == ((), "")
