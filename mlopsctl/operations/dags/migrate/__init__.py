"""Rewrites code for Airflow 2 so that it does the same on Airflow 3."""
