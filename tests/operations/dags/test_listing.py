"""What the causes of import errors are judged by."""

from pathlib import Path

from mlopsctl.operations.dags.listing import around, project_folders
from tests.operations.doctor.contexts import place, set_up


def test_the_surroundings_of_a_home(tmp_path: Path) -> None:
    course, other = tmp_path / "course", tmp_path / "other"
    for folder in (course / "one", other / "two", other / "three"):
        folder.mkdir(parents=True)
        (folder / "dag.py").write_text("")
    (course / "requirements.txt").write_text("our-own==1\n")
    home = set_up(tmp_path / "home", f'dags = ["{course}"]\n')
    dags = home / "airflow" / "dags"
    dags.mkdir(parents=True)
    (dags / "two").symlink_to(other / "two")
    (dags / "gone").symlink_to(tmp_path / "gone")
    platform = place(home).platform
    assert project_folders(platform) == [course, other]
    found = around(platform)
    assert (found.dags, found.site, found.requirements) == (dags, None, course / "requirements.txt")
    assert {"our-own", "pandas", "apache-airflow"} <= found.known, "the project's, and those of the constraint file"


def test_a_file_of_requirements_goes_before_those_of_folders(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("one-more\n")
    home = set_up(tmp_path / "home", f'dags = ["{tmp_path}"]\nrequirements = "{tmp_path / "r.txt"}"\n')
    assert around(place(home).platform).requirements == tmp_path / "r.txt"
