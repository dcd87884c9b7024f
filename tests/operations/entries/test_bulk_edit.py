"""What is made, replaced, kept, refused and deleted; and that one entry that is wrong stops no other."""

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Variable
from mlopsctl.operations.entries import bulk_edit
from mlopsctl.operations.entries.bulk_edit import OURS, Found

KNOWN = bulk_edit.by_name([Variable("old", "1"), Variable("ours", "2", OURS)])
WRONG = MlopsctlError("variable bad cannot be.", hint="mend it", code="invalid")
FOUND = Found("variable", {"new": "n", "old": "o", "ours": "x"}, {"bad": WRONG})


def carried_out(overwrite: bool) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The state and detail of each step, and what was written."""
    written: list[dict[str, str]] = []
    plan = bulk_edit.plan_import(FOUND, KNOWN, overwrite=overwrite)
    steps = {s.name: f"{s.state}: {s.detail}" for s in bulk_edit.carry_out(plan, FOUND, KNOWN, written.append)}
    return steps, written


def test_an_import_makes_what_is_missing_and_keeps_the_rest() -> None:
    plan = bulk_edit.plan_import(FOUND, KNOWN, overwrite=False)
    assert {s.name: s.what for s in plan.steps} == {
        "new": "make", "old": "", "ours": "", "bad": "refuse: variable bad cannot be.",
    }  # fmt: skip
    assert plan.notes == ("there already: old; --overwrite replaces",)
    assert carried_out(overwrite=False) == (
        {
            "new": "changed: made", "old": "ok: kept as it is", "ours": "ok: kept: mlopsctl setup writes it",
            "bad": "failed: variable bad cannot be.",
        },
        [{"new": "n"}],
    )  # fmt: skip


def test_overwrite_replaces_all_but_what_setup_wrote() -> None:
    steps, written = carried_out(overwrite=True)
    assert written == [{"new": "n", "old": "o"}]
    assert steps["old"] == "changed: replaced" and steps["ours"] == "ok: kept: mlopsctl setup writes it"


def test_where_nothing_is_to_be_written_nothing_is_asked_of_airflow() -> None:
    found = Found("variable", {"old": "o"}, {})
    plan = bulk_edit.plan_import(found, KNOWN, overwrite=False)
    assert [s.state for s in bulk_edit.carry_out(plan, found, KNOWN, lambda _: pytest.fail("asked"))] == ["ok"]


def test_a_deletion_asks_and_says_what_is_lost() -> None:
    plan = bulk_edit.plan_deletion("variable", ("old", "old"), KNOWN)
    assert [s.name for s in plan.steps] == ["old"] and plan.asks.startswith("Delete 2 variables?")
    assert bulk_edit.plan_deletion("variable", ("old",), KNOWN).asks == (
        "Delete the variable old? What is secret in it is nowhere else."
    )
    gone: list[list[str]] = []
    assert [s.state for s in bulk_edit.delete(plan, gone.append)] == ["changed"] and gone == [["old"]]


def test_what_is_not_there_or_not_yours_is_not_deleted() -> None:
    with pytest.raises(MlopsctlError, match=r"there is no variable 'odl'. Did you mean old\?") as caught:
        bulk_edit.plan_deletion("variable", ("odl",), KNOWN)
    assert (caught.value.code, caught.value.hint.text()) == ("unknown-variable", "mlopsctl variable list")
    with pytest.raises(MlopsctlError, match="written by mlopsctl setup"):
        bulk_edit.plan_deletion("variable", ("ours",), KNOWN)
