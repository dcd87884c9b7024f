"""Tasks that wait for each other, as far as the code shows it without being run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from mlopsctl.operations.dags.check.dag_calls import assignments
from mlopsctl.operations.dags.check.finding import Finding
from mlopsctl.operations.dags.check.rule import rule
from mlopsctl.operations.dags.check.source import Source

RULE = "task-cycle"
Tasks = tuple[str, ...]  # the names that an expression stands for; none if it is anything else


@rule(RULE)
def check_cycles(source: Source) -> Iterator[Finding]:
    """Only between names that are assigned once: a name that is assigned in a loop is several tasks."""
    if ">>" not in source.text and "<<" not in source.text and "set_" not in source.text and "chain" not in source.text:
        return
    graph = _Graph(frozenset(name for name, value in assignments(source.tree).items() if isinstance(value, ast.Call)))
    for statement in _always_run(source.tree.body):
        graph.read(statement)
    if cycle := graph.cycle():
        where = max((graph.edges[edge] for edge in pairwise(cycle)), key=lambda node: node.lineno)
        yield source.finding(RULE, where, f"these tasks wait for each other: {' → '.join(cycle)}")


def _always_run(body: list[ast.stmt]) -> Iterator[ast.Expr]:
    """The expressions that are run exactly once for each DAG: not those in conditions and loops."""
    for node in body:
        if isinstance(node, ast.Expr):
            yield node
        elif isinstance(node, ast.With | ast.FunctionDef):
            yield from _always_run(node.body)


@dataclass
class _Graph:
    """`names`: of tasks. `edges`: each with the statement that adds it."""

    names: frozenset[str]
    edges: dict[tuple[str, str], ast.expr] = field(default_factory=dict)

    def read(self, statement: ast.Expr) -> None:
        node = statement.value
        if isinstance(node, ast.BinOp):
            self._shift(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            downstream = {"set_downstream": True, "set_upstream": False}.get(node.func.attr)
            if downstream is not None and node.args:
                tasks, others = self._tasks(node.func.value), self._tasks(node.args[0])
                self._add(tasks, others, node) if downstream else self._add(others, tasks, node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "chain":
            for left, right in pairwise(node.args):
                if not (isinstance(left, ast.List) and isinstance(right, ast.List)):  # lists are joined in pairs
                    self._add(self._tasks(left), self._tasks(right), node)

    def _shift(self, node: ast.expr) -> Tasks:
        """Adds the edges of `a >> b << c`; returns the tasks that the expression stands for, which are its last."""
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.RShift | ast.LShift):
            return self._tasks(node)
        left = self._shift(node.left)
        if _is_label(node.right):
            return left
        right = self._tasks(node.right)
        self._add(left, right, node) if isinstance(node.op, ast.RShift) else self._add(right, left, node)
        return right

    def _tasks(self, node: ast.expr) -> Tasks:
        if isinstance(node, ast.Name):
            return (node.id,) if node.id in self.names else ()
        return (
            tuple(t for part in node.elts for t in self._tasks(part)) if isinstance(node, ast.List | ast.Tuple) else ()
        )

    def _add(self, upstream: Tasks, downstream: Tasks, node: ast.expr) -> None:
        for edge in ((up, down) for up in upstream for down in downstream):
            self.edges.setdefault(edge, node)

    def cycle(self) -> list[str]:
        """The tasks of a cycle, the first once more at the end; empty if there is none."""
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for upstream, downstream in self.edges:
            sorter.add(downstream, upstream)
        try:
            sorter.prepare()
        except CycleError as e:
            tasks: list[str] = e.args[1]
            return tasks
        return []


def _is_label(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Label"
