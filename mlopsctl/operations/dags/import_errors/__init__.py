"""DAG files that Airflow cannot import: which, why, and how to fix them."""
