"""Code shared by the pipelines. Contains no DAGs; .airflowignore keeps the dag-processor out."""
