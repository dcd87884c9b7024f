"""What is refused before anybody is asked."""

import pytest

from tests.conftest import run_cli


@pytest.mark.parametrize(("name", "value"), [("API_KEY", "hunter2"), ("my-password", "x"), ("DB", "mysql://a:b@h")])
def test_a_secret_on_the_command_line_is_refused(name: str, value: str) -> None:
    ran = run_cli("variable", "set", name, value)
    said, hint = ran.err.splitlines()
    assert (ran.code, ran.out) == (2, "")
    assert (
        said == f"error: the value of {name} is a secret: on the command line others read it, and the shell keeps it."
    )
    assert hint.endswith(f" variable set {name}   # asks for it; or --value-file FILE")


def test_without_a_value_and_without_a_terminal_there_is_nobody_to_ask() -> None:
    ran = run_cli("variable", "set", "A")
    assert ran.code == 1 and ran.err.endswith(" variable set A --value-file FILE\n")


def test_one_value_is_enough_and_an_empty_file_is_none() -> None:
    assert "are two values" in run_cli("variable", "set", "A", "1", "--value-file", "-").err
    assert run_cli("variable", "set", "A", "--value-file", "-").err.startswith("error: <stdin> holds no value.")
