"""Group `runs`: DAG runs and tasks that do not make progress."""
