"""Files of connections and variables: what is written is read again; what is wrong is named with its line."""

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.entries.import_export import Form, form_of, parse, render

ENTRIES = {"창고": {"conn_type": "mysql", "port": 3306, "extra": {"a": [1, None]}}, "b": "on", "c": "2024-01-01"}


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_is_written_is_read_again(form: Form) -> None:
    text = render(ENTRIES, form)
    assert "창고" in text and text.endswith("\n")
    assert parse(text, form, "f") == ENTRIES
    assert parse(render({}, form), form, "f") == {}


def test_the_form_is_told_by_the_ending_or_by_the_option() -> None:
    assert [form_of(name) for name in ("a.json", "b.YML", "c.yaml", "-")] == ["json", "yaml", "yaml", "json"]
    assert form_of("a.txt", "yaml") == "yaml"
    with pytest.raises(UsageError, match=r"a\.txt does not tell"):
        form_of("a.txt")


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ('{\n"a": }', "json", "f, line 2 is not JSON as it should be: Expecting value."),
        ("a:\n  - b\n c: d", "yaml", "f, line 3 is not YAML as it should be: "),
        ("", "json", "f, line 1 is not JSON"),
        ("", "yaml", "it must be an object, with an entry per name"),
        ("[1]", "json", "it must be an object"),
        ("a: 1\n---\nb: 2", "yaml", "is not YAML"),
        ("a: !!python/object:os.system {}", "yaml", "f, line 1 is not YAML"),
        ("[" * 100_000, "json", "nested too deeply"),
        ("a: \x07", "yaml", "is not YAML"),
    ],
)
def test_what_is_no_such_file(text: str, form: Form, words: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        parse(text, form, "f")
    assert words in caught.value.message and caught.value.hint.text() and caught.value.code == "unreadable"


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "json", "f has 'a' twice"),
        ('{"a": {"port": 1, "port": 2}}', "json", "f has 'port' twice"),
        ("x:\n  a: 1\n  a: 2", "yaml", "f, line 2 has 'a' twice"),
        ("a: 1\n1: 2\n1: 3", "yaml", "f, line 1 has '1' twice"),
    ],
)
def test_a_name_twice_is_refused(text: str, form: Form, words: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        parse(text, form, "f")
    assert words in caught.value.message and caught.value.code == "duplicate"


def test_yaml_may_share_what_entries_have_in_common() -> None:
    text = "a: &a {conn_type: mysql, host: h}\nb:\n  <<: *a\n  host: other"
    assert parse(text, "yaml", "f")["b"] == {"conn_type": "mysql", "host": "other"}
