"""What the cause of an import error is judged by."""

from pathlib import Path

from mlopsctl.operations.dags.import_errors import import_context
from tests.operations.doctor.contexts import doctor_context, make_home


def test_context_has_the_folders_and_packages_of_the_project(tmp_path: Path) -> None:
    project, other = tmp_path / "project", tmp_path / "other"
    for folder in (project / "one", other / "two", other / "three"):
        folder.mkdir(parents=True)
        (folder / "dag.py").write_text("")
    (project / "requirements.txt").write_text("our-own==1\n")
    home = make_home(tmp_path / "home", f'dags = ["{project}"]\n')
    dags = home / "airflow" / "dags"
    dags.mkdir(parents=True)
    (dags / "two").symlink_to(other / "two")
    (dags / "gone").symlink_to(tmp_path / "gone")
    platform = doctor_context(home).platform
    assert import_context.project_folders(platform) == [project, other]
    found = import_context.read(platform)
    assert (found.dags, found.site, found.requirements) == (dags, None, project / "requirements.txt")
    assert {"our-own", "pandas", "apache-airflow"} <= found.known


def test_given_requirements_file_takes_precedence(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("one-more\n")
    home = make_home(tmp_path / "home", f'dags = ["{tmp_path}"]\nrequirements = "{tmp_path / "r.txt"}"\n')
    assert import_context.read(doctor_context(home).platform).requirements == tmp_path / "r.txt"
