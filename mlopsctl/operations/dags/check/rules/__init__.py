"""The rules of `dags check`, a subject per module. A new module has to be imported in run.py."""
