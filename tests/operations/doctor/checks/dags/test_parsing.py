"""Which files the doctor calls slow. A real one: tests/live/test_dags.py."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from mlopsctl.core.model import DagDetails
from mlopsctl.core.paths import Home
from mlopsctl.operations.doctor.checks.dags import parsing
from mlopsctl.operations.doctor.context import DoctorContext
from tests.fake_file_reader import FakeFileReader
from tests.operations.dags.zips import write_zip


def test_file_is_slow_by_its_own_time_and_not_by_that_of_a_busy_machine(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.dags.mkdir(parents=True)
    reported = {"quick.py": 0.2, "waited.py": 14.0, "slow.py": 5.0, "pack.zip/member.py": 6.0, "gone.py": 9.0}
    write_zip(home.dags / "pack.zip", member="")
    for name in ("quick.py", "waited.py", "slow.py"):
        (home.dags / name).touch()
    dags = [
        DagDetails(name, None, "", False, False, str(home.dags / name), relative_file=name, parse_seconds=seconds)
        for name, seconds in reported.items()
    ]
    own = {"waited.py": 0.3, "slow.py": 4.0, "pack.zip": 3.0}
    reader = FakeFileReader(home, {n: {"dag_ids": [], "errors": {}, "seconds": s} for n, s in own.items()})
    context = SimpleNamespace(
        home=home,
        platform=SimpleNamespace(home=home, airflow=reader),
        api=SimpleNamespace(dags=list),
        cached=lambda name, load: dags,
    )
    found = list(parsing.check_parsing(cast(DoctorContext, context)))
    assert [finding.message for finding in found] == [
        "Airflow needs 3.0 s to read pack.zip, once a minute.",
        "Airflow needs 4.0 s to read slow.py, once a minute.",
    ]
    assert sorted(reader.asked) == ["pack.zip", "slow.py", "waited.py"]
