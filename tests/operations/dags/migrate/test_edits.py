from pathlib import Path

from mlopsctl.core.states import Severity
from mlopsctl.operations.dags.check.finding import Edit, Finding
from mlopsctl.operations.dags.migrate.edits import apply


def finding(*edits: Edit, rule: str = "r") -> Finding:
    return Finding(Path("x.py"), 1, 1, rule, Severity.ERROR, "message", edits=edits)


def test_all_edits_of_a_finding_are_applied() -> None:
    assert apply("abc", [finding(Edit(0, 1, "x"), Edit(3, 3, "!"))]) == ("xbc!", {"r"})


def test_finding_that_overlaps_an_earlier_one_waits() -> None:
    found = [finding(Edit(0, 2, "x")), finding(Edit(1, 3, "y"), Edit(3, 3, "!"), rule="later")]
    assert apply("abc", found) == ("xc", {"r"})


def test_shared_edit_is_applied_once() -> None:
    found = [finding(Edit(0, 0, "import x\n"), Edit(1, 2, "B")), finding(Edit(0, 0, "import x\n"), Edit(2, 3, "C"))]
    assert apply("abc", found) == ("import x\naBC", {"r"})


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply("ab", [finding(Edit(1, 1, "1")), finding(Edit(1, 1, "2"))]) == ("a12b", {"r"})
