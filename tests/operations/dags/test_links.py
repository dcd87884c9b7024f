"""Links in the DAGs folder."""

from pathlib import Path

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.dags import links


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    (tmp_path / "home" / "dags").mkdir(parents=True)
    return tmp_path / "home" / "dags"


def package(folder: Path, name: str = "한글 pipeline") -> Path:
    path = folder / name
    path.mkdir(parents=True)
    (path / "dag.py").write_text("from airflow.sdk import DAG\n")
    return path


def link(dags: Path, *targets: Path) -> list[str]:
    return [s.state for s in links.run(links.plan(dags, targets), dags, targets)]


def test_linking_again_changes_nothing(dags: Path, tmp_path: Path) -> None:
    target = package(tmp_path / "project")
    assert link(dags, target) == ["changed"]
    assert link(dags, target) == ["ok"]
    assert [(r.name, r.target, r.state) for r in links.list_links(dags)] == [(target.name, str(target), "ok")]


def test_link_to_another_target_is_replaced(dags: Path, tmp_path: Path) -> None:
    link(dags, package(tmp_path / "old"))
    new = package(tmp_path / "new")
    assert link(dags, new) == ["changed"]
    assert (dags / new.name).resolve() == new


def test_replacing_a_link_asks_and_names_what_it_led_to(dags: Path, tmp_path: Path) -> None:
    old, new = package(tmp_path / "one", "dags"), package(tmp_path / "two", "dags")
    assert not links.plan(dags, [old]).asks
    link(dags, old)
    plan = links.plan(dags, [new])
    assert plan.steps[0].what == f"replace {old} → {new}"
    assert plan.asks == f"Replace the link 'dags' → {old}? Airflow will no longer read its DAGs."
    assert "--name" in str(plan.notes[0])


def test_link_under_another_name(dags: Path, tmp_path: Path) -> None:
    old, new = package(tmp_path / "one", "dags"), package(tmp_path / "two", "dags")
    link(dags, old)
    assert [step.state for step in links.run(links.plan(dags, [new], "two"), dags, [new], "two")] == ["changed"]
    assert {found.name: found.target for found in links.list_links(dags)} == {"dags": str(old), "two": str(new)}


@pytest.mark.parametrize("folder", ["/", "/etc", "/dev", "/proc/self", "/tmp/..", "~"])
def test_directories_of_the_system_are_refused(dags: Path, folder: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        links.plan(dags, [Path(folder).expanduser()])
    assert (caught.value.code, caught.value.hint.command[0]) == ("system-folder", "link")
    with pytest.raises(MlopsctlError) as caught:
        links.dag_packages(Path(folder).expanduser())
    assert (caught.value.code, caught.value.hint.command[0]) == ("system-folder", "setup")


@pytest.mark.parametrize("name", ["notes.txt", "folder"])
def test_what_has_no_python_is_refused(dags: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.touch() if "." in name else target.mkdir()
    with pytest.raises(MlopsctlError) as caught:
        links.plan(dags, [target])
    assert caught.value.code == "no-dags"


def test_broken_link_is_replaced(dags: Path, tmp_path: Path) -> None:
    new = package(tmp_path / "new")
    (dags / new.name).symlink_to(tmp_path / "gone")
    assert links.list_links(dags)[0].state == "broken"
    assert link(dags, new) == ["changed"]


def test_real_folder_is_never_replaced(dags: Path, tmp_path: Path) -> None:
    target = package(tmp_path / "project")
    package(dags, target.name)
    with pytest.raises(MlopsctlError, match="real file or folder"):
        links.plan(dags, [target])


@pytest.mark.parametrize("inner", [".", "inside"])
def test_directory_cannot_be_linked_twice(dags: Path, tmp_path: Path, inner: str) -> None:
    target = package(tmp_path / "project")
    (target / "inside").mkdir()
    link(dags, target)
    other = tmp_path / "other name"
    other.symlink_to(target / inner)
    with pytest.raises(MlopsctlError, match="reaches twice") as e:
        links.plan(dags, [other])
    assert e.value.hint.text() == f"mlopsctl link remove '{target.name}'"


def test_targets_of_one_plan_must_differ(dags: Path, tmp_path: Path) -> None:
    target = package(tmp_path / "project")
    other = tmp_path / "other"
    other.symlink_to(target)
    with pytest.raises(MlopsctlError, match="reaches twice"):
        links.plan(dags, [target, other])


def test_only_links_are_removed(dags: Path, tmp_path: Path) -> None:
    target = package(tmp_path / "project", "a")
    link(dags, target)
    package(dags, "real")
    with pytest.raises(MlopsctlError, match="not a link"):
        links.plan_removal(dags, ["real"])
    with pytest.raises(MlopsctlError, match="no link 'b'"):
        links.plan_removal(dags, ["b"])
    assert [s.state for s in links.remove(links.plan_removal(dags, ["a"]), dags)] == ["changed"]
    assert target.is_dir()


def test_packages_of_a_folder(tmp_path: Path) -> None:
    package(tmp_path, "b")
    package(tmp_path, "a")
    package(tmp_path, ".hidden")
    (tmp_path / "single.py").write_text("")
    (tmp_path / "README.md").write_text("")
    (tmp_path / "sql").mkdir()
    assert [p.name for p in links.dag_packages(tmp_path)] == ["a", "b", "single.py"]


def test_folder_with_init_file_is_one_package(tmp_path: Path) -> None:
    target = package(tmp_path, "a")
    (target / "__init__.py").write_text("")
    assert links.dag_packages(target) == [target]


def test_folder_with_a_dag_file_and_its_sql_is_one_package(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text("")
    assert links.dag_packages(tmp_path) == [tmp_path / "dag.py"]
    (tmp_path / "sql").mkdir()
    assert links.dag_packages(tmp_path) == [tmp_path]


def test_folder_without_python_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MlopsctlError, match="contains no Python"):
        links.dag_packages(tmp_path)
    with pytest.raises(MlopsctlError, match="does not exist"):
        links.dag_packages(tmp_path / "gone")


def test_states_of_links(dags: Path, tmp_path: Path) -> None:
    target = package(tmp_path / "project", "a")
    package(dags, "real")
    for name, target_ in (("a", target), ("b", target), ("self", dags), ("gone", tmp_path / "gone")):
        (dags / name).symlink_to(target_)
    states = {link.name: link.state for link in links.list_links_with_states(dags)}
    assert states == {"a": "ok", "b": "twice", "gone": "broken", "real": "file", "self": "loop"}
