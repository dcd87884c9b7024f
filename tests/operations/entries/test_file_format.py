"""Files of connections and variables can be read again; an invalid one is reported with the line."""

import pytest

from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.operations.entries.file_format import FileFormat, dump, format_of, parse

ENTRIES = {"창고": {"conn_type": "mysql", "port": 3306, "extra": {"a": [1, None]}}, "b": "on", "c": "2024-01-01"}
JSON, YAML = FileFormat.JSON, FileFormat.YAML


@pytest.mark.parametrize("file_format", [JSON, YAML])
def test_a_file_can_be_read_again(file_format: FileFormat) -> None:
    text = dump(ENTRIES, file_format)
    assert "창고" in text and text.endswith("\n")
    assert parse(text, file_format, "f") == ENTRIES
    assert parse(dump({}, file_format), file_format, "f") == {}


def test_the_format_follows_from_the_suffix_or_the_option() -> None:
    names = ("a.json", "b.YML", "c.yaml", "d.env", "-")
    assert [format_of(name) for name in names] == [JSON, YAML, YAML, FileFormat.ENV, JSON]
    assert format_of("a.txt", YAML) is YAML
    with pytest.raises(UsageError):
        format_of("a.txt")


@pytest.mark.parametrize(
    ("text", "file_format", "words"),
    [
        ('{\n"a": }', JSON, "f, line 2"),
        ("a:\n  - b\n c: d", YAML, "f, line 3"),
        ("", JSON, "f, line 1"),
        ("", YAML, "object"),
        ("[1]", JSON, "object"),
        ("a: 1\n---\nb: 2", YAML, "YAML"),
        ("a: !!python/object:os.system {}", YAML, "f, line 1"),
        ("[" * 100_000, JSON, "nested too deeply"),
        ("a: \x07", YAML, "YAML"),
        ("a: &a [*a]", YAML, "recursive"),
        ("a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)), YAML, "aliases"),
        ("a=1\nb", FileFormat.ENV, "f, line 2"),
    ],
)
def test_an_invalid_file_is_reported(text: str, file_format: FileFormat, words: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        parse(text, file_format, "f")
    assert words in caught.value.message and caught.value.hint and caught.value.code == "unreadable"


@pytest.mark.parametrize(
    ("text", "file_format", "words"),
    [
        ('{"a": 1, "b": 2, "a": 3}', JSON, "f contains 'a' twice"),
        ('{"a": {"port": 1, "port": 2}}', JSON, "f contains 'port' twice"),
        ("x:\n  a: 1\n  a: 2", YAML, "f, line 2 contains 'a' twice"),
        ("a: 1\n1: 2\n1: 3", YAML, "f, line 1 contains '1' twice"),
        ("a=1\na=2", FileFormat.ENV, "f, line 2 contains 'a' twice"),
    ],
)
def test_a_duplicate_name_is_rejected(text: str, file_format: FileFormat, words: str) -> None:
    with pytest.raises(MlopsctlError) as caught:
        parse(text, file_format, "f")
    assert words in caught.value.message and caught.value.code == "duplicate"


def test_yaml_may_merge_keys_from_another_entry() -> None:
    text = "a: &a {conn_type: mysql, host: h}\nb:\n  <<: *a\n  host: other"
    assert parse(text, YAML, "f")["b"] == {"conn_type": "mysql", "host": "other"}


def test_lines_of_an_env_file() -> None:
    text = "# a comment\n\nlake=postgres://u:p%3D@h/db?a=b\n plain = 1 = 2 \n"
    assert parse(text, FileFormat.ENV, "f") == {"lake": "postgres://u:p%3D@h/db?a=b", "plain": "1 = 2"}
