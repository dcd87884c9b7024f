from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from my_project.days import TIMEZONE, data_day

MIDNIGHT = datetime(2024, 1, 31, tzinfo=ZoneInfo(TIMEZONE)).astimezone(ZoneInfo("UTC"))


def test_day_of_a_run_is_its_date_in_the_time_zone_of_the_data() -> None:
    assert data_day(SimpleNamespace(logical_date=MIDNIGHT)) == "20240131"


def test_run_without_a_date_gets_the_day_on_which_it_was_started() -> None:
    assert data_day(SimpleNamespace(logical_date=None, run_after=MIDNIGHT)) == "20240131"
