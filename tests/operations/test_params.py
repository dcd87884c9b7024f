"""What a DAG's params require. tests/live/test_trigger.py shows that Airflow requires the same."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Param
from mlopsctl.operations import params
from tests.operations.fake_airflow import UNSCHEDULED

REGION = Param("region", None, {"type": "string", "enum": ["kr", "us"]})
NUMBER = Param("n", None, {"type": "integer", "minimum": 1, "maximum": 9})
DAY = Param("day", None, {"type": "string", "format": "date", "examples": ["2024-01-31"]})
NESTED = Param("load", {"days": []}, {"type": "object", "required": ["days"], "properties": {
    "days": {"type": "array", "items": {"type": "string", "minLength": 2}}}})  # fmt: skip


def check(given: dict[str, Any] | None, *declared: Param) -> MlopsctlError | None:
    return params.check(replace(UNSCHEDULED, params=declared), given, ("trigger", "d"))


@pytest.mark.parametrize(
    ("param", "value", "words"),
    [
        (REGION, "xx", 'region must be one of "kr", "us", not "xx"'),
        (NUMBER, "5", 'n must be an integer, not "5"'),
        (NUMBER, 0, "n must be at least 1, not 0"),
        (DAY, "31.1.", 'day must be a date such as 2024-01-31, not "31.1."'),
        (NESTED, {"days": ["a", "bc"]}, 'load.days[0] must be at least 2 characters long, not "a"'),
        (NESTED, {}, "load: 'days' is a required property"),
        (NESTED, None, "load must be an object, not null"),
        (Param("x", None, {"type": ["null", "boolean"]}), "y", 'x must be null or true or false, not "y"'),
    ],
)
def test_wrong_value_is_named_with_what_is_required(param: Param, value: Any, words: str) -> None:
    error = check({param.name: value}, param)
    assert error and (error.code, error.exit_code) == ("params", 1)
    assert error.message == f"Airflow would not accept the params of d: {words}."


def test_all_params_without_a_value_are_named_with_a_conf_to_complete() -> None:
    error = check({"other": 1}, REGION, NUMBER, Param("note", None, {"type": "string"}), NESTED)
    assert error
    assert 'region has no value, and must be one of "kr", "us"; n has no value, and must be an integer' in error.message
    conf = '{"other": 1, "region": "kr", "n": …, "note": "…"}'
    assert error.hint.text() == f"add --conf {shlex.quote(conf)} to the command"


def test_values_that_the_dag_names_make_a_command_to_paste() -> None:
    error = check({"region": 5, "other": 1}, REGION, DAY)
    assert error and error.hint.command[:3] == ("trigger", "d", "--conf")
    conf = json.loads(error.hint.command[3])
    assert conf == {"region": "kr", "other": 1, "day": "2024-01-31"}
    assert check(conf, REGION, DAY) is None


@pytest.mark.parametrize(
    "declared",
    [
        Param("plain", 3, {}), Param("optional", None, {"type": ["null", "string"]}), Param("any", None, {}),
        Param("default", "kr", REGION.schema), Param("mistake", None, {"type": "strin"}),
        Param("elsewhere", None, {"$ref": "http://127.0.0.1:9/schema.json"}), Param("regex", None, {"pattern": "("}),
    ],
)  # fmt: skip
def test_what_airflow_accepts_or_only_airflow_can_judge(declared: Param) -> None:
    assert check(None, declared) is None
