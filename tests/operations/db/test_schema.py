"""The recipes as text: what is in them, and what may not be."""

import re
from importlib.resources import files

import pytest

from mlopsctl.operations.db.schema import statements, tables

RECIPES = sorted(path.name.removesuffix(".sql") for path in (files("mlopsctl") / "seed_sql").iterdir())


def test_the_tables_are_those_that_course_projects_know() -> None:
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


@pytest.mark.parametrize("recipe", RECIPES)
def test_nothing_in_a_recipe_depends_on_server_session_or_clock(recipe: str) -> None:
    text = "\n".join(statements(recipe)).upper()
    assert not re.findall(r"\b(RAND|NOW|UUID|SYSDATE|CURDATE|FLOOR|ROUND|LOG|EXP|POW|SQRT)\(", text)
    assert not re.findall(r" / ", text), "a division would have as many digits as the session says: DIV has none"


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_touch_our_databases_only(recipe: str) -> None:
    for statement in statements(recipe):
        names = re.findall(r"(?<![_A-Z])(?:TABLE(?: IF NOT EXISTS)?|INTO|FROM|JOIN) (\w+)\.\w+", statement)
        assert set(names) <= {"mlops", "mlops_meta", "recipe"}
        assert ";" not in statement


def test_all_recipes_are_there() -> None:
    assert RECIPES == [
        "applications", "calendar", "curves", "cust_info", "customers", "family_info", "faults", "forget",
        "loan_applicant_info", "loan_default_account", "schema", "seed_days", "seed_faults", "states",
    ]  # fmt: skip
