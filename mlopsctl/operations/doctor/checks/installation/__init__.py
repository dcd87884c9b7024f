"""Group `installation`: the home and the managed Airflow with its packages."""
