"""What DAG files of Airflow 2 use and Airflow 3 does not have, and what replaces it."""
