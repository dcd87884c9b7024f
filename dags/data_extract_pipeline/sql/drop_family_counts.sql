DROP TABLE IF EXISTS temp.family_counts_{{ scratch_suffix(dag_run, params) }};
