"""Which of the surveyed days are written, and how the reference period is protected."""

from datetime import date

import pytest

from mlopsctl.core import dates
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.operations.seed.profile import Profile
from mlopsctl.operations.seed.survey import Survey
from mlopsctl.operations.seed.write_plan import WritePlan

REFERENCE, NEW = date(2023, 11, 30), date(2023, 12, 1)


def test_other_rows_are_replaced_only_on_request() -> None:
    add, repair, other = date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 1)
    found = Survey(add=(add,), repair=(repair,), replace=(other,))
    assert WritePlan(found, replaces=False, force=False).days == [add, repair]
    plan = WritePlan(found, replaces=True, force=False)
    assert plan.days == [other, add, repair]
    assert plan.cleared == {other, repair}
    assert not list(plan.notes())


def test_the_summary_names_what_happens_to_which_days() -> None:
    add, other = (date(2024, 1, 2), date(2024, 1, 3)), (date(2024, 1, 1),)
    profiles = dict.fromkeys((*add, *other), Profile(scale=2))
    plan = WritePlan(Survey(add=add, replace=other, profiles=profiles), replaces=True, force=False)
    assert plan.summary() == "add 2 days (2024-01-02 … 2024-01-03), replace 1 day (2024-01-01), at scale 2"
    assert plan.question() == "Replace the rows of 1 day (2024-01-01)?"
    assert plan.added_profiles == [Profile(scale=2)] * 2
    empty = WritePlan(Survey(), replaces=True, force=False)
    assert (empty.summary(), empty.question()) == ("", "")


def test_the_reference_period_is_replaced_only_with_force() -> None:
    found = Survey(replace=(REFERENCE, NEW))
    with pytest.raises(MlopsctlError, match="1 day of the reference period") as caught:
        WritePlan(found, replaces=True, force=False).check()
    assert caught.value.code == "protected" and "--force" in caught.value.hint.note
    WritePlan(found, replaces=True, force=True).check()
    WritePlan(found, replaces=False, force=False).check()
    WritePlan(Survey(replace=(NEW,)), replaces=True, force=False).check()


def test_the_reference_period_is_repaired_only_with_force() -> None:
    found = Survey(repair=(REFERENCE, NEW))
    plan = WritePlan(found, replaces=True, force=False)
    assert plan.days == [NEW]
    (note,) = plan.notes()
    assert note.text.startswith("1 day of the reference period") and "--force" in note.text
    forced = WritePlan(found, replaces=True, force=True)
    assert forced.days == [REFERENCE, NEW]
    (note,) = forced.notes()
    assert note.text.startswith("1 day of the reference period") and "will be written" in note.text


def test_an_empty_reference_period_is_filled_without_force() -> None:
    plan = WritePlan(Survey(add=tuple(dates.days(date(2023, 6, 1), NEW))), replaces=True, force=False)
    plan.check()
    assert len(plan.days) == 184
    (note,) = plan.notes()
    assert note.text.startswith("183 days of the reference period")


def test_days_that_are_not_changed_are_named_with_the_command_that_replaces_them() -> None:
    kept = WritePlan(Survey(replace=(NEW, date(2023, 12, 2))), replaces=False, force=False)
    (note,) = kept.notes()
    assert "2023-12-01…02" in note.text
    assert note.hint.command == ("seed", "--again", "--from", "2023-12-01", "--to", "2023-12-02")
    found = Survey(add=(NEW,), later=(date(2024, 1, 1), date(2024, 1, 2)))
    (note,) = WritePlan(found, replaces=True, force=False).notes()
    assert "2024-01-01 … 2024-01-02" in note.text and "--to 2024-01-02" in note.text
