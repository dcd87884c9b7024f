"""What Airflow and the models did, in tables to ask questions of: `metadata_to_warehouse.py` is the DAG."""
