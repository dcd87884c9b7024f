"""What is created, replaced, kept, skipped and deleted."""

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import SETUP_DESCRIPTION, Connection, Variable
from mlopsctl.core.states import StepState
from mlopsctl.operations.entries import bulk_edit
from mlopsctl.operations.entries.bulk_edit import ParsedFile

KNOWN = bulk_edit.by_name([Variable("old", "1"), Variable("ours", "2", SETUP_DESCRIPTION)])
INVALID = MlopsctlError("invalid variable bad: no value.", code="invalid")
PARSED = ParsedFile("variable", {"new": "n", "old": "o", "ours": "x"}, {"bad": INVALID})


def run_import(parsed: ParsedFile, overwrite: bool) -> tuple[dict[str, tuple[StepState, str]], list[dict[str, str]]]:
    """The state and detail of each step, and what was written."""
    written: list[dict[str, str]] = []
    steps = bulk_edit.run_import(parsed, KNOWN, written.append, overwrite=overwrite)
    return {step.name: (step.state, step.detail) for step in steps}, written


def test_import_creates_missing_entries_and_keeps_the_others() -> None:
    plan = bulk_edit.plan_import(PARSED, KNOWN, overwrite=False)
    assert {step.name: step.what for step in plan.steps} == {
        "new": "create", "old": "", "ours": "", "bad": f"skip: {INVALID.message}",
    }  # fmt: skip
    (note,) = plan.notes
    assert "old" in str(note) and "--overwrite" in str(note) and "ours" not in str(note)
    steps, written = run_import(PARSED, overwrite=False)
    assert steps == {
        "new": (StepState.CHANGED, "created"), "old": (StepState.OK, "kept"),
        "ours": (StepState.OK, "kept, managed by setup"), "bad": (StepState.FAILED, INVALID.message),
    }  # fmt: skip
    assert written == [{"new": "n"}]


def test_overwrite_replaces_everything_that_setup_does_not_manage() -> None:
    steps, written = run_import(PARSED, overwrite=True)
    assert written == [{"new": "n", "old": "o"}]
    assert (steps["old"], steps["ours"][0]) == ((StepState.CHANGED, "replaced"), StepState.OK)


def test_import_without_changes_sends_no_request() -> None:
    steps, written = run_import(ParsedFile("variable", {"old": "o"}, {}), overwrite=False)
    assert (steps, written) == ({"old": (StepState.OK, "kept")}, [])


def test_delete_asks_and_deletes_each_entry_once() -> None:
    plan = bulk_edit.plan_delete("variable", ("old", "old"), KNOWN)
    assert [step.name for step in plan.steps] == ["old"]
    assert (plan.asks, plan.notes) == ("Delete variable old?", ())
    deleted: list[list[str]] = []
    assert [step.state for step in bulk_edit.run_delete(plan, deleted.append)] == [StepState.CHANGED]
    assert deleted == [["old"]]


@pytest.mark.parametrize(
    "entry", [Connection("a", "http", password="***"), Connection("a", "http", extra={"token": "***"}),
              Variable("a_token", "***"), Variable("a", "http://u:p@h")],
)  # fmt: skip
def test_delete_warns_that_secrets_cannot_be_restored(entry: Connection | Variable) -> None:
    plan = bulk_edit.plan_delete("entry", (entry.name,), bulk_edit.by_name([entry]))
    assert len(plan.notes) == 1


@pytest.mark.parametrize(("name", "code"), [("odl", "unknown-variable"), ("ours", "ours")])
def test_unknown_and_managed_entries_cannot_be_deleted(name: str, code: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        bulk_edit.plan_delete("variable", (name,), KNOWN)
    assert caught.value.code == code


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(MlopsctlError, match="Did you mean old") as caught:
        bulk_edit.plan_delete("variable", ("odl",), KNOWN)
    assert caught.value.hint.command == ("variable", "list")
