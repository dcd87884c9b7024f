"""What is rejected before Airflow is contacted."""

import json

import pytest

from tests.conftest import call_cli, run_cli


@pytest.mark.parametrize(("name", "value"), [("API_KEY", "hunter2"), ("my-password", "x"), ("DB", "mysql://a:b@h")])
def test_a_secret_on_the_command_line_is_rejected(name: str, value: str) -> None:
    ran = call_cli("variable", "set", name, value, "--json")
    (error,) = json.loads(ran.out)["errors"]
    assert (ran.code, error["code"], error["hint_command"]) == (2, "secret-shown", ["variable", "set", name])


def test_without_a_value_and_a_terminal_the_hint_is_a_file() -> None:
    ran = call_cli("variable", "set", "A")
    assert ran.code == 1 and ran.err.endswith(" variable set A --value-file FILE\n")


def test_two_values_and_an_empty_file_are_rejected() -> None:
    assert run_cli("variable", "set", "A", "1", "--value-file", "-").code == 2
    assert run_cli("variable", "set", "A", "--value-file", "-").err.startswith("error: stdin contains no value.")
