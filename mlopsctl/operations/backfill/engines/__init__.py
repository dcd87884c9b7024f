"""Who creates the runs of a backfill: one class per engine."""

from mlopsctl.core.model import DagDetails
from mlopsctl.core.states import EngineName
from mlopsctl.operations.backfill.engines.base import Engine
from mlopsctl.operations.backfill.engines.native import NativeEngine
from mlopsctl.operations.backfill.engines.per_run import PerRunEngine
from mlopsctl.operations.backfill.plan import BackfillRequest

ENGINES: dict[EngineName, type[Engine]] = {engine.name: engine for engine in (NativeEngine, PerRunEngine)}


def engine_for(name: EngineName) -> type[Engine]:
    return ENGINES[name]


def choose_engine(dag: DagDetails, request: BackfillRequest) -> EngineName:
    """The first that supports the request."""
    return next(name for name, engine in ENGINES.items() if engine.supports(dag, request))
