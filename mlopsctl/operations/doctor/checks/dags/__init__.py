"""Group `dags`: the DAGs folder, its links, and the files in it."""
