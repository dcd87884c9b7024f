DROP TABLE IF EXISTS temp.family_counts_{{ scratch(dag_run, params) }};
