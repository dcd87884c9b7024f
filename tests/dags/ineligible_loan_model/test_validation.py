"""The rules without a server; tests/live/test_ineligible_loan_model.py holds them against faults that seed made."""

import re
from pathlib import Path

import pytest
from ineligible_loan_model import validation

PACKAGE = Path(validation.__file__).parent
STATEMENTS = [*(PACKAGE / "rules").glob("*.sql"), *(PACKAGE / "sql").glob("*.sql")]


def test_every_rule_is_a_file_and_the_schema_comes_first() -> None:
    assert sorted(validation.RULES) == sorted(path.stem for path in (PACKAGE / "rules").glob("*.sql"))
    assert validation.RULES[0] == validation.SCHEMA


@pytest.mark.parametrize("rule", validation.RULES)
def test_a_rule_looks_at_the_days_and_gives_what_is_kept(rule: str) -> None:
    sql = (PACKAGE / "rules" / f"{rule}.sql").read_text(encoding="utf-8")
    assert sql.startswith("-- ") and ";" not in sql  # it says what it finds, and can stand inside of keep_failures.sql
    assert "%(start)s" in sql
    columns = ["base_dt", "table_name", "row_key", "column_name", "found"]
    assert [c for c in columns if not re.search(rf"\b{c}\b", sql)] == []


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_percent_sign_is_written_twice(path: Path) -> None:
    assert re.sub(r"%\(\w+\)s|%%", "", path.read_text(encoding="utf-8")).count("%") == 0


def test_the_sentence_names_each_rule_its_rows_and_where_they_are() -> None:
    assert validation.sentence({"required": 1, "customers": 2}, "20240105", "20240105") == (
        "The data of 20240105 break 2 rules: required (1 row), customers (2 rows). Look at the rows with: mlopsctl db "
        "shell features -- -e \"SELECT * FROM mlops_meta.validation_failures WHERE base_dt BETWEEN '20240105' AND "
        "'20240105'\""
    )
    assert validation.sentence({"ranges": 3}, "20240101", "20240131").startswith(
        "The data of 20240101 … 20240131 break 1 rule: ranges (3 rows)."
    )
