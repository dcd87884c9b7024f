DROP TABLE IF EXISTS temp.loan_applicants_{{ scratch_suffix(dag_run, params) }};
