"""What Airflow's API v1 (Airflow 2) and v2 (Airflow 3) have in common. `v1/` and `v2/` add what differs."""
