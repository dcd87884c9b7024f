"""Modules that the scheduler and the dag-processor import once, before they fork for each task and DAG file."""
