"""Checks DAG files without an Airflow: parses them, never runs them."""
