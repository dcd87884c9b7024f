"""The history of Airflow and the models as tables for analysis: `metadata_to_warehouse.py` is the DAG."""
