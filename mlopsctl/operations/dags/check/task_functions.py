"""The functions that tasks run, and the ids of those tasks."""

import ast
from collections.abc import Iterator

from mlopsctl.operations.dags.check import dag_calls
from mlopsctl.operations.dags.check.project import Project
from mlopsctl.operations.dags.check.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef
Callable = Function | ast.Lambda
CONTEXT = "context"
CALLBACKS = ("on_success_callback", "on_failure_callback", "on_retry_callback", "on_execute_callback")


def functions(source: Source) -> Iterator[Function]:
    return (node for node in source.nodes if isinstance(node, Function))


def called_by_tasks(project: Project) -> set[str]:
    """The names of the functions that operators of a project call with the context of a task."""
    found: set[str] = set()
    for source in project.sources:
        originals = dict(_imported_names(source))
        for node in source.nodes:
            if isinstance(node, ast.keyword) and (node.arg == "python_callable" or node.arg in CALLBACKS):
                found |= {originals.get(name, name) for name in _names(node.value)}
        found |= {function.name for function in functions(source) if task_decorator(function) is not None}
    return found


def with_context(source: Source, called: set[str]) -> Iterator[Callable]:
    """The functions of a file that get the context of a task: those in `called`, `execute` of operators and callbacks,
    whose parameter is `context`, and those that call get_current_context."""
    for node in source.nodes:
        if isinstance(node, Function) and (node.name in called or context_name(node) == CONTEXT or _asked(node)):
            yield node
        if isinstance(node, ast.keyword) and node.arg == "python_callable" and isinstance(node.value, ast.Lambda):
            yield node.value


def context_name(function: Callable) -> str:
    """What a function calls the dictionary with the context; empty if it has none."""
    names = [parameter.arg for parameter in parameters(function)]
    if function.args.kwarg:
        return function.args.kwarg.arg
    return CONTEXT if CONTEXT in names else next(iter(_asked(function)), "")


def parameters(function: Callable) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def with_default(function: Callable) -> set[ast.arg]:
    """The parameters that have a default."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    found = set(positional[len(positional) - len(arguments.defaults) :])
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {parameter for parameter, default in pairs if default is not None}


def given_names(project: Project) -> set[str]:
    """The names that a project passes to its functions itself: by op_kwargs, or by calling them."""
    found = set()
    own = {function.name for source in project.sources for function in functions(source)}
    for source in project.sources:
        for node in source.nodes:
            if isinstance(node, ast.keyword) and node.arg == "op_kwargs" and isinstance(node.value, ast.Dict):
                keys = node.value.keys
                found |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in own:
                found |= {given.arg for given in node.keywords if given.arg}
    return found


def _asked(function: Callable) -> list[str]:
    """The variables that hold the result of get_current_context."""
    found = []
    for node in ast.walk(function):
        value = node.value if isinstance(node, ast.Assign) else None
        if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("get_current_context"):
            found += [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]
    return found


def task_ids(source: Source, function: str) -> list[str]:
    """The ids of the tasks of a file that run a function; an empty string for each one that cannot be told."""
    values = dag_calls.constants(source.tree)
    originals = dict(_imported_names(source))
    nested = "TaskGroup" in source.text or "task_group" in source.text  # the group is part of the id
    found = []
    for node in source.nodes:
        if isinstance(node, Function) and node.name == function and (decorator := task_decorator(node)) is not None:
            calls = [call for call in source.nodes if _is_call_of(call, function)]
            found += [_task_id(decorator, values, function) if len(calls) == 1 and not nested else ""] * len(calls)
        elif isinstance(node, ast.Call) and function in _callables(node, originals):
            found.append("" if nested else _task_id(node, values, ""))
    return found


def task_decorator(function: Function) -> ast.expr | None:
    """`@task`, `@task(…)` or `@task.branch(…)`."""
    for decorator in function.decorator_list:
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        root = name.value if isinstance(name, ast.Attribute) else name
        if isinstance(root, ast.Name) and root.id == "task":
            return decorator
    return None


def _task_id(node: ast.expr, values: dict[str, str], default: str) -> str:
    given = dag_calls.keyword(node, "task_id") if isinstance(node, ast.Call) else None
    if given is None:
        return default
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    return values.get(given.id, "") if isinstance(given, ast.Name) else ""


def _callables(call: ast.Call, originals: dict[str, str]) -> set[str]:
    names = _names(dag_calls.keyword(call, "python_callable"))
    return {originals.get(name, name) for name in names}


def _is_call_of(node: ast.AST, function: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function


def _names(node: ast.expr | None) -> list[str]:
    """The last word of a name: `run_job` of `jobs.run_job`."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    return [node.id] if isinstance(node, ast.Name) else []


def _imported_names(source: Source) -> Iterator[tuple[str, str]]:
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
