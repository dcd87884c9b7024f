"""Backfills: plan a run for every date of a range, check the plan, carry it out, report what failed.

A date passes through these modules: `preflight` asks `resolve` for a `plan`, and looks for what speaks against it.
`controller` carries it out: one of the `engines` says what to submit, `submitter` sends it, `observer` counts runs and
tasks and makes the `progress` that the user sees, `stop_policy` says when to stop. `outcome` says what is left.

Threads only perform requests. All state belongs to the thread that iterates over `controller.run`.

A backfill that exists is found by `find`, and then watched, paused or cancelled by the module of that name.
"""
