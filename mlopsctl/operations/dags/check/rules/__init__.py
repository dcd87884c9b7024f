"""The rules of `dags check`, a subject per module. run.py imports all modules of this package."""
