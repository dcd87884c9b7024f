import pytest

from mlopsctl.adapters.dag_zones import QUERY, named
from mlopsctl.adapters.postgres import sql_text
from mlopsctl.dates import zone


@pytest.mark.parametrize(
    ("written", "name"),
    [("Asia/Seoul", "Asia/Seoul"), ("UTC", "UTC"), ("32400", "+09:00"), ("-12600", "-03:30"), ("0", "+00:00")],
)
def test_an_offset_is_written_down_as_seconds(written: str, name: str) -> None:
    assert named(written) == name
    assert zone(name)


def test_a_name_cannot_leave_its_quotes() -> None:
    assert "'x'';DROP TABLE dag;--'" in QUERY.format(sql_text("x';DROP TABLE dag;--"))
