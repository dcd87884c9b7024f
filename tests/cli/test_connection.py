"""What is rejected before Airflow is contacted: secrets on the command line, files that cannot be read."""

import json
from pathlib import Path

import pytest

from tests.conftest import Ran, call_cli, run_cli, screen


def code_of(ran: Ran) -> str:
    (error,) = json.loads(ran.out)["errors"]
    return str(error["code"])


@pytest.mark.parametrize("extra", ['{"token": "hunter2"}', '{"a": {"api_key": "hunter2"}}', '{"u": "x://a:hunter2@h"}'])
def test_a_secret_in_an_extra_on_the_command_line_is_rejected(extra: str) -> None:
    ran = call_cli("connection", "set", "x", "--extra", extra, "--json")
    assert (ran.code, code_of(ran), "hunter2" in ran.out) == (2, "secret-shown", False)


def test_a_secret_in_a_host_or_an_unknown_option_is_rejected_and_not_repeated() -> None:
    ran = call_cli("connection", "set", "x", "--type", "http", "--host", "http://kim:hunter2@h", "--json")
    assert (ran.code, code_of(ran), "hunter2" in ran.out) == (2, "secret-shown", False)
    ran = call_cli("connection", "set", "x", "--password=hunter2")
    assert ran.code == 2 and "--password-file" in ran.err and "hunter2" not in ran.err


@pytest.mark.parametrize("extra", ["{", "[1]", '{"a": 1, "a": 2}', "@nothing"])
def test_an_extra_must_be_an_object(extra: str) -> None:
    ran = call_cli("connection", "set", "x", "--extra", extra)
    assert ran.code == 1 and ran.err.startswith("error: ") and "\nhint: " in ran.err


@pytest.mark.parametrize("noun", ["connection", "variable"])
def test_a_file_that_cannot_be_imported_is_reported(noun: str, tmp_path: Path) -> None:
    def refused(name: str, *words: str) -> str:
        ran = call_cli(noun, "import", tmp_path / name, *words)
        assert ran.code and ran.out == "" and "\nhint: " in ran.err
        return ran.err.splitlines()[0].replace(str(tmp_path), "")

    (tmp_path / "한글.json").write_text('{"a": 1,\n b}')
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "plain").write_text("a: 1")
    assert refused("gone.json") == "error: cannot read /gone.json: No such file or directory."
    assert refused("한글.json").startswith("error: /한글.json, line 2 is not valid JSON: ")
    assert refused("bytes.yaml") == "error: /bytes.yaml is not UTF-8 text."
    assert refused("plain") == "error: cannot tell the format of /plain from its name."
    assert "line 1 is not valid JSON" in refused("plain", "--format", "json")
    (tmp_path / "windows.json").write_bytes(b"\xef\xbb\xbf{")
    (tmp_path / "powershell.json").write_text("{", encoding="utf-16")
    for name in ("windows.json", "powershell.json"):  # read as text: only the brace is wrong
        assert "line 1 is not valid JSON: Expecting property name" in refused(name)
    assert run_cli(noun, "import", "-", stdin="{").err.startswith("error: stdin, line 1 is not valid JSON")


def test_a_file_of_variables_is_no_file_of_connections(tmp_path: Path) -> None:
    file = tmp_path / "rest.json"
    file.write_text('{"variables": [], "total_entries": 0}')
    ran = call_cli("connection", "import", file, "--json")
    assert ran.code == 1 and code_of(ran) == "other-entries"
    assert json.loads(ran.out)["errors"][0]["hint_command"] == ["variable", "import", str(file)]


@pytest.mark.parametrize(("target", "message"), [("folder", "is not a file"), ("gone/file.json", "no directory")])
def test_an_export_needs_a_file_in_an_existing_directory(target: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    ran = call_cli("connection", "export", tmp_path / target, "--format", "json")
    assert ran.code == 2 and message in ran.err


def test_without_a_platform_the_hint_is_setup() -> None:
    ran = call_cli("connection", "list")
    assert ran.code == 1 and ran.err.endswith(" setup\n")


def test_the_help_of_the_group_lists_its_commands() -> None:
    assert call_cli("connection", "--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl connection [OPTIONS] COMMAND [ARGS]...

          Manage Airflow connections.

        Options:
          -h, --help  Show this message and exit.

        Commands:
          delete  Delete connections.
          export  Write all connections to FILE, or to stdout.
          import  Create the connections in FILE.
          list    List connections, with secrets masked.
          set     Create or change connection NAME.
        """),
        "",
    )
