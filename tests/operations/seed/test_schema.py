"""The text of the SQL scripts: what they contain, and what they must not."""

import re
from importlib.resources import files

import pytest

from mlopsctl.operations.seed.schema import statements, tables

SCRIPTS = sorted(path.name.removesuffix(".sql") for path in (files("mlopsctl") / "seed_sql").iterdir())


def test_tables_and_columns_are_those_that_course_projects_use() -> None:
    made = tables()
    assert list(made) == [
        "mlops.cust_info",
        "mlops.family_info",
        "mlops.loan_applicant_info",
        "mlops.loan_default_account",
        "mlops.ineligible_loan_model_features",
        "mlops.ineligible_loan_model_result",
        "mlops.ineligible_loan_model_features_target",
        "mlops_meta.model_ct_log",
        "mlops_meta.model_api_log",
        "recipe.recipe_target_applicants",
        "recipe.recipe_target_applicants_new_id",
        "mlops_meta.seed_days",
        "mlops_meta.seed_faults",
        "mlops_meta.model_versions",
        "mlops_meta.model_decisions",
        "mlops_meta.validation_failures",
    ]
    assert made["mlops.loan_applicant_info"] == {
        "applicant_id": "varchar(10)",
        "applicant_date": "varchar(8)",
        "applicant_time": "varchar(6)",
        "cust_id": "varchar(10)",
        "applicant_income": "bigint",
        "coapplicant_income": "bigint",
        "credit_history": "decimal(5,2)",
        "property_area": "varchar(10)",
        "loan_amount": "bigint",
        "loan_amount_term": "int",
        "loan_account_id": "varchar(12)",
    }
    assert made["mlops.ineligible_loan_model_result"]["probability"] == "double"
    assert "loan_amount" not in made["mlops.ineligible_loan_model_features_target"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_results_do_not_depend_on_server_session_or_clock(script: str) -> None:
    text = "\n".join(statements(script)).upper()
    assert not re.findall(r"\b(RAND|NOW|UUID|SYSDATE|CURDATE|FLOOR|ROUND|LOG|EXP|POW|SQRT)\(", text)
    assert not re.findall(r" / ", text), "the session sets the number of digits of a division; use DIV"


@pytest.mark.parametrize("script", SCRIPTS)
def test_only_our_databases_are_used(script: str) -> None:
    for statement in statements(script):
        names = re.findall(r"(?<![_A-Z])(?:TABLE(?: IF NOT EXISTS)?|INTO|FROM|JOIN) (\w+)\.\w+", statement)
        assert set(names) <= {"mlops", "mlops_meta", "recipe"}
        assert ";" not in statement


def test_all_scripts_exist() -> None:
    assert SCRIPTS == [
        "applications", "calendar", "curves", "cust_info", "customers", "drop_staging", "family_info", "faults",
        "loan_applicant_info", "loan_default_account", "schema", "seed_days", "seed_faults", "states",
    ]  # fmt: skip
