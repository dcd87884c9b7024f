"""The configuration options of the installed Airflow, read from its files: importing Airflow would take a second."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Option = tuple[str, str]  # section and name


@dataclass(frozen=True)
class KnownOptions:
    """`known`: the options that this Airflow and its providers read. `renamed`: old → new. `removed`: old → Airflow's
    advice."""

    known: frozenset[Option]
    renamed: dict[Option, Option]
    removed: dict[Option, str]

    def problem(self, option: Option) -> str:
        """Why the option has no effect, to follow "which"; empty if Airflow reads it."""
        if option in self.renamed:
            section, name = self.renamed[option]
            return f"is [{section}] {name} now"
        if option in self.known:
            return ""
        if option in self.removed:
            advice = self.removed[option].rstrip(".")
            return f"was removed. {advice}" if advice else "was removed"
        return "Airflow does not know and ignores"


def read(site_packages: Path) -> KnownOptions:
    """`site_packages`: of the managed Airflow."""
    airflow = site_packages / "airflow"
    renamed, removed = _changed_options(airflow / "cli/commands/config_command.py")
    known = set(_core_options(airflow / "config_templates/config.yml"))
    for listing in (airflow / "providers").rglob("get_provider_info.py"):
        known |= set(_provider_options(listing))
    parsers = (airflow / "_shared/configuration/parser.py", airflow / "configuration.py")  # the latter before 3.2
    renamed = next(filter(None, map(_deprecated_options, filter(Path.is_file, parsers))), {}) | renamed
    return KnownOptions(frozenset(known), {old: new for old, new in renamed.items() if old not in known}, removed)


def _core_options(path: Path) -> Iterator[Option]:
    """config.yml: sections without indentation, options with four spaces."""
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"([\w.]+):", line):
            section = found[1]
        elif found := re.fullmatch(r" {4}(\w+):", line):
            yield section, found[1].lower()


def _provider_options(path: Path) -> Iterator[Option]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    returned = next((node.value for node in ast.walk(tree) if isinstance(node, ast.Return)), None)
    info = ast.literal_eval(returned) if returned else {}
    for section, described in info.get("config", {}).items():
        yield from ((section, option.lower()) for option in described["options"])


def _changed_options(path: Path) -> tuple[dict[Option, Option], dict[Option, str]]:
    """Renamed and removed options, from the table that `airflow config lint` uses."""
    renamed: dict[Option, Option] = {}
    removed: dict[Option, str] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ConfigChange"):
            continue
        arguments = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        old = _option(arguments["config"])
        if "renamed_to" in arguments:
            renamed[old] = _option(arguments["renamed_to"])
        elif not {"default_change", "is_invalid_if", "remove_if_equals"} & set(arguments):
            removed[old] = str(ast.literal_eval(arguments["suggestion"])) if "suggestion" in arguments else ""
    return renamed, removed


def _option(node: ast.expr) -> Option:
    """From `ConfigParameter("core", "executor")`, with or without keywords."""
    assert isinstance(node, ast.Call)  # noqa: S101  # the table has nothing else
    section, name = (ast.literal_eval(value) for value in (*node.args, *(keyword.value for keyword in node.keywords)))
    return section, name


def _deprecated_options(path: Path) -> dict[Option, Option]:
    """Old → new, for the names that Airflow still reads with a warning."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "deprecated_options" and node.value:
            return {old[:2]: new for new, old in ast.literal_eval(node.value).items()}
    return {}
