"""Backfills: plan a run for every date of a range, check the plan, carry it out, report what failed.

| folder       | what it does                                                                             |
|--------------|------------------------------------------------------------------------------------------|
| `planning/`  | `preflight` asks `resolve` for a `plan`, and looks for reasons not to start              |
| `engines/`   | what differs by who creates the runs: Airflow (`native`) or mlopsctl (`per_run`)         |
| `execution/` | `controller` carries a plan out: the engine says what to submit, `submitter` sends it,   |
|              | `observer` counts runs and tasks for the `progress`, `stop_policy` says when to stop,    |
|              | `outcome` and `failures` say what is left                                                |
| `existing/`  | backfills that exist: `find` one, then `watch`, `pause` or `cancel` it                   |

Threads only perform requests. All state belongs to the thread that iterates over `controller.run`.
"""
