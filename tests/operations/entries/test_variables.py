"""Variables: text stays text, objects stay objects, and no secret is exported unless asked for."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import SETUP_DESCRIPTION, Variable
from mlopsctl.core.states import StepState
from mlopsctl.operations.entries import file_format, variables
from mlopsctl.operations.entries.bulk_edit import by_name
from mlopsctl.operations.entries.file_format import FileFormat

VALUES = ["plain", "", "123", "1e5", "true", '"quoted"', '{"a": 1}', '{"value": 1}', "[1, 2]", "{broken", "한글"]


def parse(entries: dict[Any, Any]) -> tuple[dict[str, Variable], dict[str, str]]:
    parsed = variables.parse(entries)
    return parsed.valid, {name: error.message for name, error in parsed.errors.items()}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("description", ["", "why"])
def test_an_exported_value_is_imported_unchanged(value: str, description: str) -> None:
    entries, left_out = variables.export([Variable("v", value, description)], secrets=False)
    valid, errors = parse(json.loads(json.dumps(entries)))
    assert (left_out, errors, valid["v"].description) == ([], {}, description)
    if value[:1] in ("{", "[") and value != "{broken":
        assert json.loads(valid["v"].value) == json.loads(value)
    else:
        assert valid["v"].value == value


def test_export_leaves_out_secrets_and_names_them() -> None:
    given = [
        Variable("api_key", "x"), Variable("url", "mysql://u:pw@h"), Variable("masked", "***"), Variable("a", "1"),
        Variable("settings", '{"token": "t", "n": 1}'),
    ]  # fmt: skip
    entries, left_out = variables.export(given, secrets=False)
    assert (entries, left_out) == ({"a": "1"}, ["api_key", "url", "masked", "settings"])
    entries, left_out = variables.export(given, secrets=True)
    assert entries["api_key"] == "x" and entries["settings"] == {"token": "t", "n": 1} and left_out == []


def test_invalid_entries_do_not_affect_the_others() -> None:
    managed = {"value": [1], "description": SETUP_DESCRIPTION}
    valid, errors = parse({"ok": 5, "": "x", 3: "x", "masked": "***", "x" * 251: "y", "ours": managed})
    assert valid == {"ok": Variable("ok", "5"), "ours": Variable("ours", "[\n  1\n]")}
    assert set(errors) == {"", "3", "masked", "x" * 251}


def test_a_value_stays_what_was_written() -> None:
    text = 'code: 0123\nversion: 1.10\nquoted: "0123"\nflag: on\nday: 2024-01-31\ncount: 3\ntrue_: true\nnone: null'
    valid, errors = parse(file_format.parse(text, FileFormat.YAML, "f"))
    values = {"code": "0123", "version": "1.10", "quoted": "0123", "flag": "on", "day": "2024-01-31", "count": "3"}
    assert {name: v.value for name, v in valid.items()} == {**values, "true_": "true", "none": "null"}
    assert errors == {}


def test_a_value_inside_an_object_that_yaml_changes_is_named() -> None:
    text = "a: {code: 0123}\nb: [2024-01-31]\nc: {version: 1.10, flag: off, big: 1_000, mask: 0xff}\nd: {at: 12:30}"
    valid, errors = parse(file_format.parse(text, FileFormat.YAML, "f"))
    assert json.loads(valid["c"].value) == {"version": 1.1, "flag": False, "big": 1000, "mask": 255}
    assert "0123 means 83" in errors["a"] and "a date" in errors["b"] and "12:30 means 750" in errors["d"]


def test_setting_the_same_value_changes_nothing() -> None:
    sent: list[Any] = []
    api: Any = SimpleNamespace(set_variables=sent.append)
    known = by_name([Variable("a", "1"), Variable("token", "***")])

    def set_(wanted: Variable) -> tuple[StepState, str]:
        (step,) = variables.run_set(api, variables.plan_set(wanted, known), wanted)
        return step.state, step.detail

    assert set_(Variable("a", "1")) == (StepState.OK, "unchanged") and sent == []
    assert set_(Variable("a", "2")) == (StepState.CHANGED, "replaced")
    assert set_(Variable("b", "2")) == (StepState.CHANGED, "created")
    assert set_(Variable("token", "***")) == (StepState.CHANGED, "replaced"), "its present value is masked"
    assert len(sent) == 3


@pytest.mark.parametrize(("name", "code"), [("ours", "ours"), ("a\nb", "invalid")])
def test_a_variable_that_cannot_be_set(name: str, code: str) -> None:
    known = by_name([Variable("ours", "1", SETUP_DESCRIPTION)])
    with pytest.raises(MlopsctlError) as caught:
        variables.plan_set(Variable(name, "2"), known)
    assert caught.value.code == code


def test_secrets_are_masked() -> None:
    assert variables.data(Variable("api_key", "x"))["value"] == "***"
    assert variables.data(Variable("a", "http://u:p@h"))["value"] == "http://***@h"
    assert "hunter2" not in repr(Variable("a", "hunter2"))
