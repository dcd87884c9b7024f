"""Airflow's API v1 (Airflow 2): the only place that knows its paths and JSON keys."""
