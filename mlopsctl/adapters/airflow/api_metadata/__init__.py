"""What operations ask of the metadata database, put together from answers of Airflow's API."""
