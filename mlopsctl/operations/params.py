"""Whether the values of --conf are such as a DAG's params require.

Airflow checks each value with the JSON schema of its param, as is done here, and names only the first that is wrong
(`SerializedParam` in airflow/serialization/definitions/param.py, 3.3).
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.model import DagDetails, Param

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

TYPES = {"string": "a string", "integer": "an integer", "number": "a number", "boolean": "true or false",
         "array": "a list", "object": "an object", "null": "null"}  # fmt: skip
FORMATS = {"date": "a date such as 2024-01-31", "date-time": "a time such as 2024-01-31T09:00:00+09:00",
           "time": "a time such as 09:00:00"}  # fmt: skip
LIMITS = {
    "minimum": "at least {}", "exclusiveMinimum": "more than {}", "maximum": "at most {}",
    "exclusiveMaximum": "less than {}", "multipleOf": "a multiple of {}", "pattern": "text that matches {}",
    "minLength": "at least {} characters long", "maxLength": "at most {} characters long",
    "minItems": "at least {} items long", "maxItems": "at most {} items long",
}  # fmt: skip
WIDTH = 60  # characters of a wrong value that are shown


def check(dag: DagDetails, conf: Mapping[str, Any] | None, command: Sequence[str]) -> MlopsctlError | None:
    """Every param that is missing or wrong, with the --conf to use. `command`: the words of the call, without it."""
    given, reasons, named = conf or {}, [], []
    for param in dag.params:
        if param.name in given:
            reason = "; ".join(f"{param.name}{_wrong(error)}" for error in _errors(param.schema, given[param.name]))
        else:  # the API has null for a param without a value
            missing = param.value is None and _errors(param.schema, None)
            reason = f"{param.name} has no value, and must be {_expected(param.schema)}" if missing else ""
        if reason:
            reasons.append(reason)
            named.append(param)
    if not reasons:
        return None
    words = f"Airflow would not accept the params of {dag.dag_id}: {'; '.join(reasons)}."
    return MlopsctlError(words, hint=_hint(named, given, command), code="params")


def _errors(schema: Mapping[str, Any], value: object) -> "list[ValidationError]":
    if not schema:
        return []
    import jsonschema  # this takes 0.1 s, and most DAGs do not need it
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind, formats = jsonschema.validators.validator_for(schema), jsonschema.FormatChecker()
    try:
        kind.check_schema(schema, format_checker=formats)
        errors = list(kind(schema, format_checker=formats, registry=Registry()).iter_errors(value))  # never by network
    except (jsonschema.SchemaError, Unresolvable):
        return []  # a mistake in the DAG, which Airflow names when it gets the value
    return sorted(errors, key=lambda error: list(map(str, error.absolute_path)))


def _wrong(error: "ValidationError") -> str:
    """` must be an integer, not "x"`, after the name of the param, with the place in it."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    if error.validator in ("type", "enum", "const", "format", *LIMITS):
        expected = _expected({error.validator: error.validator_value})
        value = shorten(json.dumps(error.instance, ensure_ascii=False), WIDTH, placeholder=" …")
        return f"{place} must be {expected}, not {value}"
    return f"{place}: {shorten(error.message, 3 * WIDTH, placeholder=' …')}"


def _expected(schema: Mapping[str, Any]) -> str:
    """`an integer, at least 1`."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        listed = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
        return f"one of {listed}" if len(values) > 1 else listed
    types = schema.get("type", ())
    kinds = " or ".join(TYPES.get(kind, kind) for kind in ([types] if isinstance(types, str) else types))
    parts = [FORMATS.get(schema["format"], f"a valid {schema['format']}") if "format" in schema else kinds]
    parts += [text.format(schema[name]) for name, text in LIMITS.items() if name in schema]
    if isinstance(items := schema.get("items"), dict) and items:
        parts.append(f"each item {_expected(items)}")
    return ", ".join(filter(None, parts)) or f"valid for the schema {json.dumps(dict(schema))}"


def _hint(params: Sequence[Param], given: Mapping[str, Any], command: Sequence[str]) -> Hint:
    """The call with values that the DAG itself names; if it names none, how to write them."""
    guessed = {param.name: _example(param.schema) for param in params}
    if None not in guessed.values():
        conf = json.dumps({**given, **guessed}, ensure_ascii=False)
        return Hint.of(*command, "--conf", conf, note="or with other values that the DAG accepts")
    shown = {name: json.dumps(value, ensure_ascii=False) for name, value in {**given, **guessed}.items()}
    shown |= {param.name: _placeholder(param.schema) for param in params if guessed[param.name] is None}
    conf = ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {text}" for name, text in shown.items())
    return Hint(note=f"add --conf {shlex.quote(f'{{{conf}}}')} to the command")


def _example(schema: Mapping[str, Any]) -> Any:
    """A value that the DAG's author has named, and that is valid; None: there is none."""
    named = [schema[key] for key in ("const", "default") if key in schema]
    named += [*schema.get("enum", ()), *schema.get("examples", ())]
    return next((value for value in named if value is not None and not _errors(schema, value)), None)


def _placeholder(schema: Mapping[str, Any]) -> str:
    return {"string": '"…"', "array": "[…]", "object": "{…}"}.get(str(schema.get("type")), "…")
