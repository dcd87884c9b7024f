"""States, actions and outcomes. Their values are what Airflow, the JSON output and the screen show."""

from enum import StrEnum


class RunState(StrEnum):
    """The state of a DAG run as Airflow names it; `NONE`: there is no run."""

    NONE = ""
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


ACTIVE_RUN_STATES = (RunState.QUEUED, RunState.RUNNING)
ENDED_RUN_STATES = (RunState.SUCCESS, RunState.FAILED)


class TaskState(StrEnum):
    """The state of a task instance as Airflow names it. `NONE`: not scheduled yet; `OTHER`: unknown to mlopsctl."""

    NONE = ""
    REMOVED = "removed"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    RESTARTING = "restarting"
    FAILED = "failed"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "TaskState":
        """A newer Airflow can have more states."""
        return cls.OTHER


ENDED_TASK_STATES = (TaskState.SUCCESS, TaskState.FAILED, TaskState.UPSTREAM_FAILED, TaskState.SKIPPED)


class RunAction(StrEnum):
    """What a plan does for a date: create a run, run the existing one again, or keep it."""

    NEW = "new"
    AGAIN = "again"
    KEPT = "kept"


class RerunConf(StrEnum):
    """Whether `--conf` replaces the conf of existing runs that a backfill runs again."""

    KEPT = "kept"
    REPLACED = "replaced"


class EngineName(StrEnum):
    """What creates the runs of a backfill: Airflow's own backfill, or mlopsctl, one run at a time."""

    NATIVE = "airflow"
    PER_RUN = "runs"


class Selection(StrEnum):
    """Which dates of a range to run: the values of `backfill --only`."""

    UNFINISHED = "unfinished"
    MISSING = "missing"
    FAILED = "failed"
    HOLES = "holes"


class Reprocess(StrEnum):
    """Airflow's `reprocess_behavior`: which existing runs its backfill runs again."""

    NONE = "none"
    FAILED = "failed"
    COMPLETED = "completed"


class BackfillState(StrEnum):
    """`ENDING`: all runs have ended, and Airflow has not closed the backfill yet."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDING = "ending"
    DONE = "done"
    CANCELLED = "cancelled"


ACTIVE_BACKFILL_STATES = (BackfillState.RUNNING, BackfillState.PAUSED, BackfillState.ENDING)


class StopKind(StrEnum):
    """Why a backfill stops starting runs before it is done."""

    FAILURES = "failures"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    BLOCKED = "blocked"  # by a failed run before them


class StepState(StrEnum):
    """The state of one step of a plan."""

    PLANNED = "planned"
    RUNNING = "running"
    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"


class Status(StrEnum):
    """How a command ended: `status` in its JSON output."""

    OK = "ok"
    PLANNED = "planned"
    PARTIAL = "partial"
    ERROR = "error"


class Verdict(StrEnum):
    """The outcome of a doctor check."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


class LinkState(StrEnum):
    """An entry of the DAGs folder: a link, a link whose target is missing, a file, one of two links to the same folder,
    or a link to a folder that contains it."""

    OK = "ok"
    BROKEN = "broken"
    FILE = "file"
    TWICE = "twice"
    LOOP = "loop"


class ImportErrorCause(StrEnum):
    """Why Airflow cannot import a DAG file. `REACHED_TWICE`, `ZIP_FILE`, `FILE_NAME`: why it reads no file at all.
    `NO_DATES`: why it never runs a DAG of the file."""

    MISSING_MODULE = "missing-module"
    NOT_LINKED = "not-linked"
    LOCAL_IMPORT = "local-import"
    AIRFLOW_2_IMPORT = "airflow-2-import"
    SYNTAX_ERROR = "syntax-error"
    MISSING_VARIABLE = "missing-variable"
    MISSING_CONNECTION = "missing-connection"
    DUPLICATE_DAG = "duplicate-dag"
    STALE_MODULE = "stale-module"
    TIMEOUT = "timeout"
    PROCESS_ENDED = "process-ended"
    REACHED_TWICE = "reached-twice"
    ZIP_FILE = "zip-file"
    FILE_NAME = "file-name"
    NO_DATES = "no-dates"
    OTHER = "other"


class TaskErrorCause(StrEnum):
    """Why a task failed, where its error is of a known kind."""

    AIRFLOW_2_CONTEXT = "airflow-2-context"
    AIRFLOW_2_IMPORT = "airflow-2-import"
    MISSING_VARIABLE = "missing-variable"
    MISSING_CONNECTION = "missing-connection"
    XCOM = "xcom"
    NOT_STARTED = "not-started"


class ModelRole(StrEnum):
    """The role of a version of a trained model: predictions are made with the champion."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    ARCHIVED = "archived"
    REJECTED = "rejected"


class ArtifactState(StrEnum):
    """The file of a trained model, compared with its record: `FOREIGN`: its path leads out of the model store."""

    AS_RECORDED = "as recorded"
    MISSING = "missing"
    CHANGED = "changed"
    FOREIGN = "foreign"


class Health(StrEnum):
    """The health of an Airflow component, as its API reports it."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class TaskOrder(StrEnum):
    """The order of a list of task instances."""

    LONGEST_RUNNING = "longest-running"
    LAST_ENDED = "last-ended"
    ID = "id"


class WaitReason(StrEnum):
    """Why a queued run, or a task, does not start. `HELD`: its backfill is paused; `FULL`, `DAG_FULL`, `POOL_FULL`,
    `SLOTS_FULL`: a limit is reached; `CROWD`: more runs than the scheduler looks at; `SCHEDULER`: no other reason."""

    CANCELLED = "cancelled"
    STALE = "stale"
    PAUSED = "paused"
    HELD = "held"
    FULL = "full"
    NO_POOL = "no-pool"
    TOO_BIG = "too-big"
    POOL_FULL = "pool"
    DAG_FULL = "dag"
    SLOTS_FULL = "slots"
    CROWD = "crowd"
    SILENT = "silent"
    IDLE = "idle"
    SCHEDULER = "scheduler"


class ServiceState(StrEnum):
    """The state of a service, as supervisord names it, in lower case."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    BACKOFF = "backoff"
    STOPPING = "stopping"
    EXITED = "exited"
    FATAL = "fatal"
    UNKNOWN = "unknown"


ALIVE_SERVICE_STATES = (ServiceState.RUNNING, ServiceState.STARTING)


class ServiceAction(StrEnum):
    """What a command does with services."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"


class DatabaseName(StrEnum):
    """The databases of a platform: Airflow's metadata, and the feature store."""

    METADATA = "metadata"
    FEATURES = "features"


class DayState(StrEnum):
    """How the rows of a day compare with what seed wrote: `DAMAGED`: rows are missing; `FOREIGN`: seed never wrote the
    day, but there are rows; `MISSING`: seed never wrote it, and there are none."""

    COMPLETE = "complete"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    MISSING = "missing"


class DayAction(StrEnum):
    """What seed does about a day: write it, restore its missing rows, replace its rows, or leave it alone."""

    ADD = "add"
    REPAIR = "repair"
    REPLACE = "replace"
    KEEP = "keep"


class Severity(StrEnum):
    """How bad a finding in a DAG file is. `ERROR`: Airflow cannot read the file, or a task fails or does something else
    than intended. `WARNING`: it works with the current Airflow, but should be changed."""

    ERROR = "error"
    WARNING = "warning"


class Login(StrEnum):
    """How requests to Airflow's API are authenticated: a name and a password that buy a token (Airflow 3), a token that
    someone else has issued, or a name and a password in each request or for a session (Airflow 2)."""

    JWT = "jwt"
    BEARER = "bearer"
    BASIC = "basic"
    SESSION = "session"
