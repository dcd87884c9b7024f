"""What is refused before anybody is asked: secrets on the command line, files that cannot be read."""

import json
from pathlib import Path

import pytest

from tests.conftest import Ran, run_cli, screen

SHOWN = "a secret on the command line is read by others on this machine, and kept by the shell."


@pytest.mark.parametrize("extra", ['{"token": "hunter2"}', '{"a": {"api_key": "hunter2"}}', '{"u": "x://a:hunter2@h"}'])
def test_a_secret_in_an_extra_on_the_command_line_is_refused(extra: str) -> None:
    assert run_cli("connection", "set", "x", "--extra", extra) == Ran(
        2, "", f"error: {SHOWN}\nhint: write the JSON into a file, and give --extra @FILE (@- is stdin)\n"
    )


def test_a_secret_in_a_host_and_in_an_option_that_does_not_exist_are_refused_and_not_repeated() -> None:
    ran = run_cli("connection", "set", "x", "--type", "http", "--host", "http://kim:hunter2@h", "--json")
    assert ran.code == 2 and json.loads(ran.out)["errors"][0]["code"] == "secret-shown" and "hunter2" not in ran.out
    ran = run_cli("connection", "set", "x", "--password=hunter2")
    assert ran.code == 2 and "--password-file" in ran.err and "hunter2" not in ran.err


@pytest.mark.parametrize("extra", ["{", "[1]", '{"a": 1, "a": 2}', "@nothing"])
def test_an_extra_that_is_no_object_is_refused(extra: str) -> None:
    ran = run_cli("connection", "set", "x", "--extra", extra)
    assert ran.code == 1 and ran.err.startswith("error: ") and "\nhint: " in ran.err


@pytest.mark.parametrize("noun", ["connection", "variable"])
def test_files_that_cannot_be_imported(noun: str, tmp_path: Path) -> None:
    def refused(name: str, *words: str) -> str:
        ran = run_cli(noun, "import", tmp_path / name, *words)
        assert ran.code and ran.out == "" and "\nhint: " in ran.err
        return ran.err.splitlines()[0].replace(str(tmp_path), "")

    (tmp_path / "한글.json").write_text('{"a": 1,\n b}')
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "plain").write_text("a: 1")
    assert refused("gone.json") == "error: /gone.json cannot be read: No such file or directory."
    assert refused("한글.json").startswith("error: /한글.json, line 2 is not JSON as it should be: ")
    assert refused("bytes.yaml") == "error: /bytes.yaml is not text in UTF-8."
    assert refused("plain") == "error: /plain does not tell by its ending what it is."
    assert "line 1 is not JSON" in refused("plain", "--format", "json")
    assert run_cli(noun, "import", "-", stdin="{").err.startswith("error: stdin, line 1 is not JSON")


@pytest.mark.parametrize("target", ["folder", "gone/file.json"])
def test_a_target_that_can_be_no_file_is_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    ran = run_cli("connection", "export", tmp_path / target, "--format", "json")
    assert ran.code == 2 and "is no file in a folder that exists" in ran.err


def test_without_a_platform_the_way_to_one_is_shown() -> None:
    ran = run_cli("connection", "list")
    assert ran.code == 1 and "there is no platform" in ran.err and ran.err.endswith(" setup\n")


def test_the_help_of_the_group_is_this_screen() -> None:
    assert run_cli("connection", "--help") == Ran(
        0,
        screen("""
        Usage: mlopsctl connection [OPTIONS] COMMAND [ARGS]...

          Show, set, delete, import and export Airflow connections.

        Options:
          -h, --help  Show this message and exit.

        Commands:
          delete  Delete connections by NAME.
          export  Write all connections to FILE.
          import  Make the connections of FILE.
          list    Show all connections; what is secret in them is ***.
          set     Make or change the connection NAME.
        """),
        "",
    )
