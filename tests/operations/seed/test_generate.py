"""What is decided without a server: what is written of what was found, and what the reference period forbids."""

from datetime import date

import pytest

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.seed.days import Survey
from mlopsctl.operations.seed.generate import Todo

OLD, NEW = date(2023, 11, 30), date(2023, 12, 1)


def test_days_that_hold_other_rows_are_written_only_when_that_is_asked_for() -> None:
    found = Survey(missing=(date(2024, 1, 2),), mend=(date(2024, 1, 3),), foreign=(date(2024, 1, 1),))
    assert Todo(found, replace=False, force=False).days == [date(2024, 1, 2), date(2024, 1, 3)]
    work = Todo(found, replace=True, force=False)
    assert work.days == [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
    assert work.clear == {date(2024, 1, 1), date(2024, 1, 3)}
    assert not list(work.notes())


def test_the_reference_period_is_rewritten_by_force_only() -> None:
    found = Survey(foreign=(OLD, NEW))
    with pytest.raises(MlopsctlError) as caught:
        Todo(found, replace=True, force=False).check()
    assert caught.value.code == "protected"
    assert caught.value.message == (
        "1 day of the reference period, 2023-06-01 … 2023-11-30, would be rewritten: models are trained on it."
    )
    assert caught.value.hint.text() == "--from 2023-12-01 leaves it alone, --force rewrites it"
    Todo(found, replace=True, force=True).check()
    Todo(found, replace=False, force=False).check()
    Todo(Survey(foreign=(NEW,)), replace=True, force=False).check()


def test_rows_that_are_gone_from_the_reference_period_are_told_of_and_mended_by_force_only() -> None:
    found = Survey(mend=(OLD, NEW))
    work = Todo(found, replace=True, force=False)
    assert work.days == [NEW]
    assert list(work.notes()) == [
        "2023-06-01 … 2023-11-30 is the reference period: rows are gone on 1 day of it, which only --force mends."
    ]
    forced = Todo(found, replace=True, force=True)
    assert forced.days == [OLD, NEW]
    assert list(forced.notes()) == ["2023-06-01 … 2023-11-30 is the reference period: 1 day of it will be written."]


def test_a_fresh_reference_period_is_filled_and_named() -> None:
    found = Survey(missing=tuple(dates.days(date(2023, 6, 1), NEW)))
    work = Todo(found, replace=True, force=False)
    work.check()
    assert len(work.days) == 184
    assert list(work.notes()) == ["2023-06-01 … 2023-11-30 is the reference period: 183 days of it will be written."]


def test_what_is_left_alone_is_named_with_the_command_that_replaces_it() -> None:
    left = Todo(Survey(foreign=(NEW, date(2023, 12, 2))), replace=False, force=False)
    assert list(left.notes()) == [
        "Left as they are, with rows that seed would not make: 2023-12-01…02. To replace them: "
        "mlopsctl seed --again --from 2023-12-01 --to 2023-12-02"
    ]
    found = Survey(missing=(NEW,), later=(date(2024, 1, 1), date(2024, 1, 2)))
    assert list(Todo(found, replace=True, force=False).notes()) == [
        "Left as they are, after the range: 2024-01-01 … 2024-01-02. With --to 2024-01-02 they change, too."
    ]
