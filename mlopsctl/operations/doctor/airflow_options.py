"""What the installed Airflow says of its own options, read in its files: to import it would take a second."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, str]  # section and option


@dataclass(frozen=True)
class Options:
    """`known`: what this Airflow and its providers read. `renamed`: old → new. `removed`: old → Airflow's advice."""

    known: frozenset[Key]
    renamed: dict[Key, Key]
    removed: dict[Key, str]

    def fate(self, key: Key) -> str:
        """What became of an option that is set, in words; empty: it is read."""
        if key in self.renamed:
            section, option = self.renamed[key]
            return f"is [{section}] {option} now"
        if key in self.removed and key not in self.known:
            return f"was removed{'. ' * bool(self.removed[key])}{self.removed[key].rstrip('.')}"
        return "" if key in self.known else "is none that Airflow knows; it is ignored"


def read(site: Path) -> Options:
    """`site`: the folder of the managed Airflow's packages."""
    renamed, removed = _changes(site / "airflow/cli/commands/config_command.py")
    known = set(_described(site / "airflow/config_templates/config.yml"))
    for listing in (site / "airflow/providers").rglob("get_provider_info.py"):
        known |= set(_provided(listing))
    older = _older(site / "airflow/_shared/configuration/parser.py")
    return Options(frozenset(known), {old: new for old, new in (older | renamed).items() if old not in known}, removed)


def _described(path: Path) -> Iterator[Key]:
    """config.yml: sections at its left edge, options four spaces in."""
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"([\w.]+):", line):
            section = found[1]
        elif found := re.fullmatch(r" {4}(\w+):", line):
            yield section, found[1].lower()


def _provided(path: Path) -> Iterator[Key]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    answer = next((node.value for node in ast.walk(tree) if isinstance(node, ast.Return)), None)
    info = ast.literal_eval(answer) if answer else {}
    for section, described in info.get("config", {}).items():
        yield from ((section, option.lower()) for option in described["options"])


def _changes(path: Path) -> tuple[dict[Key, Key], dict[Key, str]]:
    """The table behind `airflow config lint`."""
    renamed: dict[Key, Key] = {}
    removed: dict[Key, str] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ConfigChange"):
            continue
        words = {word.arg: word.value for word in node.keywords if word.arg}
        old = _key(words["config"])
        if "renamed_to" in words:
            renamed[old] = _key(words["renamed_to"])
        elif not {"default_change", "is_invalid_if", "remove_if_equals"} & set(words):
            removed[old] = str(ast.literal_eval(words["suggestion"])) if "suggestion" in words else ""
    return renamed, removed


def _key(node: ast.expr) -> Key:
    """Of `ConfigParameter("core", "executor")`, with keywords or without."""
    assert isinstance(node, ast.Call)  # noqa: S101  # that is how the table is written
    section, option = (ast.literal_eval(arg) for arg in (*node.args, *(word.value for word in node.keywords)))
    return section, option


def _older(path: Path) -> dict[Key, Key]:
    """Old → new, of the names that Airflow still reads, with a warning."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id
        if named == "deprecated_options" and isinstance(node, ast.AnnAssign) and node.value:
            return {old[:2]: new for new, old in ast.literal_eval(node.value).items()}
    return {}
