"""DAGs that every supported release of Airflow can read, for tests/live/test_releases.py."""
