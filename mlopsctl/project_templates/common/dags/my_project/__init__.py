"""`my_project.py` defines the DAG."""
