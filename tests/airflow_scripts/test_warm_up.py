"""What is replaced before a fork behaves as before."""

import importlib
import logging
import sys
from types import ModuleType
from typing import Any

import pytest

from mlopsctl.adapters.airflow.programs import SCRIPTS


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPTS)
    monkeypatch.delitem(sys.modules, "warm_up", raising=False)
    return importlib.import_module("warm_up")


def test_caches_of_loggers_are_cleared_only_if_a_level_changes(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.Logger, "setLevel", logging.Logger.setLevel)
    script.log_levels()
    logger = logging.Logger("other")
    logger.manager = manager = logging.Manager(logging.RootLogger(logging.WARNING))
    cleared: list[int] = []
    monkeypatch.setattr(manager, "_clear_cache", lambda: cleared.append(1))
    for level, count in ((logging.INFO, 1), (logging.INFO, 1), ("ERROR", 2), (logging.ERROR, 2), (logging.NOTSET, 3)):
        logger.setLevel(level)
        assert len(cleared) == count
    with pytest.raises(ValueError, match="LOUD"):
        logger.setLevel("LOUD")


def test_a_schema_is_checked_once(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    class Draft202012Validator:
        @classmethod
        def check_schema(cls, schema: Any, format_checker: Any = None) -> None:
            checked.append((cls, schema))
            if schema == {"type": "nothing"}:
                raise ValueError(schema)

    class Own(Draft202012Validator):
        pass

    jsonschema = ModuleType("jsonschema")
    jsonschema.Draft202012Validator = Draft202012Validator  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jsonschema", jsonschema)
    script.schema_checks()
    for _ in range(2):
        Draft202012Validator.check_schema({"type": "string"})
        Own.check_schema({"type": "string"})
        with pytest.raises(ValueError, match="nothing"):
            Draft202012Validator.check_schema({"type": "nothing"})
    of_schema = [cls for cls, schema in checked if schema == {"type": "string"}]
    assert of_schema == [Draft202012Validator, Own, Own]
    assert len(checked) == 5, "an invalid schema stays invalid"


def test_a_cron_expression_is_described_once(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    described = []

    class CronMixin:
        def _describe_with_dom_dow_fix(self, expression: str) -> str:
            described.append(expression)
            return f"at {expression}"

    module = ModuleType("airflow.timetables._cron")
    module.CronMixin = CronMixin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "airflow.timetables._cron", module)
    script.cron_descriptions()
    texts = [
        CronMixin()._describe_with_dom_dow_fix(expression) for expression in ("4 * * * *", "4 * * * *", "5 * * * *")
    ]
    assert texts == ["at 4 * * * *", "at 4 * * * *", "at 5 * * * *"]
    assert described == ["4 * * * *", "5 * * * *"]
