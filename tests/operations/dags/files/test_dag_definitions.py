"""Which files define a DAG, and which of them Airflow lists."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from mlopsctl.core.model import DagDetails
from mlopsctl.operations.dags.files import dag_definitions
from mlopsctl.operations.dags.files.folder_walk import walk

HEAD = "from airflow.sdk import DAG, dag\nimport airflow\n"
FLOW = "@dag(schedule=None)\ndef flow(): ...\n"


def write(folder: Path, **texts: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(HEAD + text)


def listed(dag_id: str, file: Path) -> DagDetails:
    return DagDetails(dag_id, None, "", paused=False, backfillable=False, file=str(file))


@pytest.mark.parametrize(
    ("text", "dag_ids"),
    [
        ("with DAG('a'):\n    pass", {"a"}),
        ("with DAG(\n    dag_id='a',\n) as d, open('x'):\n    pass", {"a"}),
        ("x = DAG('a')\ny: DAG = airflow.DAG('b')", {"a", "b"}),
        (f"{FLOW}flow()", {"flow"}),
        (f"{FLOW}x = flow()", {"flow"}),
    ],
)
def test_dags_at_the_top_level_are_certain(tmp_path: Path, text: str, dag_ids: set[str]) -> None:
    write(tmp_path, d=text)
    (file,) = dag_definitions.find(walk(tmp_path))
    assert file.dag_ids == dag_ids and file.complete


def test_computed_id_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, d="x = DAG(f'{airflow.name}')\ny = DAG('y')")
    (file,) = dag_definitions.find(walk(tmp_path))
    assert file.dag_ids == {"y"} and not file.complete


@pytest.mark.parametrize(
    "text",
    [
        "def make():\n    return DAG('a')",
        "if airflow.flag:\n    x = DAG('a')",
        "DAG('without_a_name')",
        FLOW,
        '"""\nwith DAG("in_a_docstring"):\n"""',
        "x = networks.DAG('no_dag_of_airflow')",
    ],
)
def test_what_may_never_become_a_dag_is_left_out(tmp_path: Path, text: str) -> None:
    write(tmp_path, d=text)
    assert dag_definitions.find(walk(tmp_path)) == []


def test_dags_of_another_library_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text("from graphs import DAG  # not of airflow\nx = DAG('a')\n")
    assert dag_definitions.find(walk(tmp_path)) == []


def test_members_of_a_zip_file_are_found_at_its_top_level(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "pack.zip", "w") as archive:
        for name in ("one.py", "two.py", "lib/three.py", "notes.txt"):
            archive.writestr(name, f"{HEAD}x = DAG('{name}')")
        archive.writestr("helper.py", "x = 1")
    assert [file.path for file in dag_definitions.find(walk(tmp_path))] == [
        tmp_path / "pack.zip" / "one.py",
        tmp_path / "pack.zip" / "two.py",
    ]


def test_duplicates_are_found_in_files_links_and_zip_files(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    write(dags, one="x = DAG('same')\ny = DAG('other')")
    write(tmp_path / "project", two="x = DAG('same')")
    (dags / "linked").symlink_to(tmp_path / "project")
    (dags / "same_file.py").symlink_to(dags / "one.py")
    with ZipFile(dags / "pack.zip", "w") as archive:
        archive.writestr("three.py", f"{HEAD}x = DAG('same')")
    found = dag_definitions.duplicates(dag_definitions.find(walk(dags)))
    assert {dag_id: set(paths) for dag_id, paths in found.items()} == {
        "same": {dags / "linked" / "two.py", dags / "one.py", dags / "pack.zip" / "three.py"}
    }


def test_file_whose_dag_another_file_has_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, first="x = DAG('same')", second="x = DAG('same')", third="x = DAG('same')\ny = DAG('own')")
    files = dag_definitions.find(walk(tmp_path))
    shown = [listed("same", tmp_path / "first.py")]
    assert [file.path.name for file in dag_definitions.not_listed(files, shown)] == ["third.py"]
    # None of them was read yet, or the DAG has moved to another file.
    assert len(dag_definitions.not_listed(files, [])) == 3
    assert len(dag_definitions.not_listed(files, [listed("same", tmp_path / "gone.py")])) == 3


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, d="x = DAG('before')")
    assert dag_definitions.find(walk(tmp_path))[0].dag_ids == {"before"}
    write(tmp_path, d="x = DAG('after_it')")
    assert dag_definitions.find(walk(tmp_path))[0].dag_ids == {"after_it"}
