"""Lists of days: on the command line, in files, and as mlopsctl writes them."""

import io
from datetime import date
from pathlib import Path

import pytest

from mlopsctl.cli.backfill import day_list
from mlopsctl.core import dates
from mlopsctl.core.errors import UsageError

TODAY = date(2024, 6, 15)


def days_of(value: str) -> list[str]:
    return [str(day) for day in day_list.days(day_list.read(value), today=TODAY)]


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2024-01-03", ["2024-01-03"]),
        ("2024-01-05,2024-01-03,2024-01-03", ["2024-01-03", "2024-01-05"]),
        ("20240103 yesterday,-7d", ["2024-01-03", "2024-06-08", "2024-06-14"]),
        ("2024-01-30..2024-02-01", ["2024-01-30", "2024-01-31", "2024-02-01"]),
        ("2024-01-03…04, 06", ["2024-01-03", "2024-01-04", "2024-01-06"]),
        ("2024-02", [f"2024-02-{n:02}" for n in range(1, 30)]),
        ("2024-06", [f"2024-06-{n:02}" for n in range(1, 16)]),  # the days that have been
        ("2024-05-30..2024-06", ["2024-05-30", "2024-05-31", *(f"2024-06-{n:02}" for n in range(1, 16))]),
        ("2024-05..2024-06", [*(f"2024-05-{n:02}" for n in range(1, 32)), *(f"2024-06-{n:02}" for n in range(1, 16))]),
        ("2023-12-31,2024-06-14..today", ["2023-12-31", "2024-06-14", "2024-06-15"]),
    ],
)
def test_items_become_days_in_order_and_once(value: str, days: list[str]) -> None:
    assert days_of(value) == days


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2024-01-03,x", "'x' is not a date."),
        ("2024-01-32", "'2024-01-32' is not a day: day is out of range for month."),
        ("2024-01-05..2024-01-03", "'2024-01-05..2024-01-03' ends before it starts."),
        ("2024-06-16", "'2024-06-16' is in the future: today is 2024-06-15."),
        ("2024-06-01..2024-06-30", "'2024-06-01..2024-06-30' is in the future: today is 2024-06-15."),
        ("2024-06..2024-07", "'2024-06..2024-07' is in the future: today is 2024-06-15."),
        ("2024-06-20..2024-06", "'2024-06-20..2024-06' is in the future: today is 2024-06-15."),
        ("07", "'07' is not a date."),
        ("2024-01-03..", "'2024-01-03..' lacks one of its ends."),
        (",, ", "there is no date in --dates."),
        ("", "there is no date in --dates."),
    ],
)
def test_invalid_item_is_named(value: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        days_of(value)
    assert caught.value.message == message
    assert caught.value.hint.text().startswith("write --dates ")


def test_file_has_lines_and_comments_and_errors_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "days"
    file.write_text("# lost in the outage\n2024-01-03  2024-01-04\n\n2024-02-01,2024-02-02 # both\n")
    assert days_of(f"@{file}") == ["2024-01-03", "2024-01-04", "2024-02-01", "2024-02-02"]
    file.write_text("2024-01-03\n\n2024-01-4\n")
    with pytest.raises(UsageError) as caught:
        days_of(f"@{file}")
    assert caught.value.message == f"'2024-01-4' is not a date ({file}, line 3)."
    file.write_text("# nothing\n")
    with pytest.raises(UsageError, match=f"there is no date in {file}"):
        days_of(f"@{file}")


def test_unreadable_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*none: No such file or directory"):
        days_of(f"@{tmp_path}/none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="binary is not a text file"):
        days_of(f"@{tmp_path}/binary")


def test_days_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("2024-01-03\n2024-01-05\n"))
    assert days_of("-") == ["2024-01-03", "2024-01-05"]
    monkeypatch.setattr("sys.stdin", io.StringIO("2024-01-03\nnext week\n"))
    with pytest.raises(UsageError, match=r"'next' is not a date \(stdin, line 2\)\."):
        days_of("-")


def test_future_days_are_accepted_while_the_dags_today_is_unknown() -> None:
    words = day_list.read("2024-06-16")
    assert day_list.days(words, today=TODAY, future=True) == (date(2024, 6, 16),)


@pytest.mark.parametrize("value", ["2024-01-03", "2024-01-03..2024-01-05,2024-01-09", "2023-12-31..2024-01-01"])
def test_ranges_are_read_as_the_days_that_they_were_made_of(value: str) -> None:
    assert dates.format_ranges(date.fromisoformat(day) for day in days_of(value)) == value
