"""What the pipelines share. There is no DAG in here: .airflowignore keeps the dag-processor from looking for one."""
