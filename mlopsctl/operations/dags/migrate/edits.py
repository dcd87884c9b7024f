"""Applies the edits of findings to a text."""

from collections.abc import Iterable

from mlopsctl.operations.dags.check.finding import Edit, Finding


def apply(text: str, findings: Iterable[Finding]) -> tuple[str, set[str]]:
    """The text with the edits of as many findings as fit together, and the rules of those findings.

    All edits of a finding or none of them: what overlaps an earlier finding waits for the next round. Two findings may
    share an edit, such as an import that both need.
    """
    chosen: list[Edit] = []
    rules = set()
    for finding in findings:
        new = [edit for edit in finding.edits if edit not in chosen]
        if finding.edits and not any(_overlap(edit, other) for edit in new for other in chosen):
            chosen += new
            rules.add(finding.rule)
    parts, position = [], 0
    for edit in sorted(chosen, key=lambda edit: (edit.start, edit.end)):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]]), rules


def _overlap(one: Edit, other: Edit) -> bool:
    """Two insertions at one place do not: the order of the findings is that of the texts."""
    return one.start < other.end and other.start < one.end
