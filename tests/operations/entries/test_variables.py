"""Variables: texts stay texts, objects stay objects, and no secret gets into a file."""

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.model import Variable
from mlopsctl.operations.entries import variables
from mlopsctl.operations.entries.bulk_edit import OURS, by_name

VALUES = ["plain", "", "123", "1e5", "true", '"quoted"', '{"a": 1}', '{"value": 1}', "[1, 2]", "{broken", "한글"]


def found(entries: dict[Any, Any]) -> tuple[dict[str, Variable], dict[str, str]]:
    answer = variables.found(entries)
    return answer.ready, {name: error.message for name, error in answer.wrong.items()}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("description", ["", "why"])
def test_what_is_exported_means_the_same_when_it_is_imported(value: str, description: str) -> None:
    entries, out = variables.export([Variable("v", value, description)], secrets=False)
    ready, wrong = found(json.loads(json.dumps(entries)))
    assert (out, wrong, ready["v"].description) == ([], {}, description)
    if value[:1] in ("{", "[") and value != "{broken":
        assert json.loads(ready["v"].value) == json.loads(value)
    else:
        assert ready["v"].value == value


def test_no_secret_gets_into_a_file_and_what_is_left_out_is_told() -> None:
    given = [
        Variable("api_key", "x"), Variable("url", "mysql://u:pw@h"), Variable("masked", "***"), Variable("a", "1"),
        Variable("settings", '{"token": "t", "n": 1}'),
    ]  # fmt: skip
    entries, out = variables.export(given, secrets=False)
    assert (entries, out) == ({"a": "1"}, ["api_key", "url", "masked", "settings"])
    entries, out = variables.export(given, secrets=True)
    assert entries["api_key"] == "x" and entries["settings"] == {"token": "t", "n": 1} and out == []


def test_what_is_no_variable_is_named_and_the_others_stay() -> None:
    ready, wrong = found({"ok": 5, "": "x", 3: "x", "day": date(2024, 1, 1), "x" * 251: "y", "ours": {
        "value": [1], "description": OURS}})  # fmt: skip
    assert ready == {"ok": Variable("ok", "5"), "ours": Variable("ours", "[\n  1\n]")}
    assert set(wrong) == {"", "3", "day", "x" * 251}
    assert wrong["day"] == "variable day cannot be: its value, a date, is not JSON; put it in quotes."


def test_the_same_value_again_changes_nothing() -> None:
    sent: list[Any] = []
    api: Any = SimpleNamespace(set_variables=sent.append)
    known = by_name([Variable("a", "1"), Variable("token", "***"), Variable("ours", "1", OURS)])

    def set_(wanted: Variable) -> str:
        (step,) = variables.set_(api, variables.plan_set(wanted, known), wanted)
        return f"{step.state}: {step.detail}"

    assert set_(Variable("a", "1")) == "ok: has that value already" and sent == []
    assert set_(Variable("a", "2")) == "changed: replaced"
    assert set_(Variable("b", "2")) == "changed: made"
    assert set_(Variable("token", "***")) == "changed: replaced", "nobody can tell"
    assert len(sent) == 3
    with pytest.raises(MlopsctlError, match="written by mlopsctl setup"):
        set_(Variable("ours", "2"))
    with pytest.raises(MlopsctlError, match="a name is text"):
        set_(Variable("a\nb", "2"))


def test_a_secret_is_shown_to_nobody() -> None:
    assert variables.data(Variable("api_key", "x"))["value"] == "***"
    assert variables.data(Variable("a", "http://u:p@h"))["value"] == "http://***@h"
    assert "hunter2" not in repr(Variable("a", "hunter2"))
