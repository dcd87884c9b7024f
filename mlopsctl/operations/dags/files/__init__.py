"""DAG files as they are on the disk: found, read, and never run."""
