"""Airflow's API v2 (Airflow 3): the only place that knows its paths and JSON keys."""
