"""Tasks that wait for each other."""

import ast
from pathlib import Path

import pytest

from mlopsctl.operations.dags.check.rules.cycles import check_cycles
from mlopsctl.operations.dags.check.source import Source

TASKS = "a, b = 1, 2\nt = Op('t')\nu = Op('u')\nv = Op('v')\n"


def cycles(code: str) -> list[tuple[int, str]]:
    source = Source(Path("d.py"), TASKS + code, "utf-8", ast.parse(TASKS + code))
    return [(finding.line, finding.message.partition(": ")[2]) for finding in check_cycles(source)]


@pytest.mark.parametrize(
    ("code", "cycle"),
    [
        ("t >> u\nu >> t", "t → u → t"),
        ("t >> u >> v >> t", "t → u → v → t"),
        ("t << u << v\nt >> v", "u → t → v → u"),
        ("t >> t", "t → t"),
        ("t >> [u, v]\nv >> Label('again') >> t", "t → v → t"),
        ("t.set_downstream(u)\nt.set_upstream([u, v])", "t → u → t"),
        ("chain(t, [u, v])\nv >> t", "t → v → t"),
        ("with DAG('d') as dag:\n    t >> u\n    with TaskGroup('g'):\n        u >> t", "t → u → t"),
        ("@dag()\ndef d():\n    t >> u\n    u >> t", "t → u → t"),
    ],
)
def test_cycles_are_found(code: str, cycle: str) -> None:
    ((line, found),) = cycles(code)
    tasks, expected = found.split(" → "), cycle.split(" → ")
    assert (set(tasks), len(tasks), tasks[0]) == (set(expected), len(expected), tasks[-1])
    assert line == len((TASKS + code).splitlines())


@pytest.mark.parametrize(
    "code",
    [
        "t >> u >> v\nt >> v",
        "t >> [u, v]\nu >> v",
        "[t, u] >> v",
        "if x:\n    t >> u\nelse:\n    u >> t",
        "for w in (1, 2):\n    last >> w\n    w >> last",
        "t = Op('again')\nt >> u\nu >> t",
        "t() >> u() >> t()",
        "t >> other >> t",
        "chain([t, u], [v, t])",
        "x = t >> u\ny = 1 >> 2",
    ],
)
def test_what_is_no_cycle(code: str) -> None:
    assert cycles(code) == []


def test_long_chain_of_tasks() -> None:
    names = [f"t{n}" for n in range(3000)]
    code = "".join(f"{name} = Op()\n" for name in names)
    assert cycles(code + f"chain({', '.join(names)})") == []
