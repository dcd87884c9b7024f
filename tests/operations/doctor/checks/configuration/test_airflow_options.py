"""Excerpts of the files of Airflow 3.3.2."""

from pathlib import Path

import pytest

from mlopsctl.operations.doctor.checks.configuration.airflow_options import Option, read

CONFIG = """\
core:
  description: ~
  options:
    executor:
      description: |
        The executor.
      default: "LocalExecutor"
"""
LINT = """\
CONFIGS_CHANGES = [
    ConfigChange(config=ConfigParameter("core", "executor"), default_change=True, new_default="LocalExecutor"),
    ConfigChange(config=ConfigParameter("webserver", option="base_url"), renamed_to=ConfigParameter("api", "base_url")),
    ConfigChange(config=ConfigParameter("core", "check_slas"), suggestion="SLAs are "
        "removed."),
]
"""
PARSER = """\
class Parser:
    deprecated_options: dict[tuple[str, str], tuple[str, str, str]] = {
        ("dag_processor", "refresh_interval"): ("scheduler", "dag_dir_list_interval", "3.0"),
    }
"""
PROVIDER = 'def get_provider_info():\n    return {"config": {"fab": {"options": {"Cookie_secure": {}}}}}\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in {
        "config_templates/config.yml": CONFIG,
        "cli/commands/config_command.py": LINT,
        "_shared/configuration/parser.py": PARSER,
        "providers/fab/get_provider_info.py": PROVIDER,
    }.items():
        path = tmp_path / "airflow" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("option", [("core", "executor"), ("fab", "cookie_secure")])
def test_known_option_has_no_problem(site: Path, option: Option) -> None:
    assert read(site).problem(option) == ""


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (("webserver", "base_url"), "is [api] base_url now"),
        (("scheduler", "dag_dir_list_interval"), "is [dag_processor] refresh_interval now"),
        (("core", "check_slas"), "was removed. SLAs are removed"),
        (("core", "colour"), "Airflow does not know and ignores"),
    ],
)
def test_problem_of_a_renamed_removed_or_unknown_option(site: Path, option: Option, problem: str) -> None:
    assert read(site).problem(option) == problem
