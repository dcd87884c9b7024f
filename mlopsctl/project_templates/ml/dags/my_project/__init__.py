"""`my_project.py` defines the DAG, `steps.py` is what its tasks run, `feature_store.py` reads and writes the tables."""
