"""The files that development and CI rely on agree with each other."""

import configparser
import re
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def requirements(lines: str) -> list[Requirement]:
    return [Requirement(line) for line in lines.splitlines() if line.strip() and not line.strip().startswith("#")]


def test_lock_file_pins_a_version_that_satisfies_every_requirement() -> None:
    lock = requirements((ROOT / "requirements-dev.lock").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in lock)
    wanted = requirements(setup_cfg()["options"]["install_requires"] + setup_cfg()["options.extras_require"]["dev"])
    for requirement in wanted:
        pins = [pin for pin in lock if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        versions = [str(pin.specifier).removeprefix("==") for pin in pins]
        assert versions, f"{requirement} is not locked: run shell/update-lock.sh"
        assert all(version in requirement.specifier for version in versions), requirement


def test_lock_file_names_no_package_index() -> None:
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert "://" not in text and not re.search(r"^-", text, re.MULTILINE)


def tool(line: str) -> list[str]:
    """The program of a command line, and for ruff its subcommand."""
    words = line.split()
    return words[:2] if words[0].endswith("/ruff") else words[:1]


def test_pre_commit_runs_the_linters_of_ci() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    in_ci = re.findall(r"^\.venv/bin/.*$", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
    assert [tool(line) for line in hooks] == [tool(line) for line in in_ci]


def test_workflow_runs_ci_on_every_supported_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["test"]
    supported = re.findall(r"Python :: (3\.\d+)$", setup_cfg()["metadata"]["classifiers"], re.MULTILINE)
    assert [entry["python"] for entry in job["strategy"]["matrix"]["include"]] == supported
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert workflow["permissions"] == {"contents": "read"}
