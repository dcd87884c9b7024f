"""DAGs for the live tests, set up with `mlopsctl setup --dags tests/live/dags`."""
