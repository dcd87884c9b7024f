DROP TABLE IF EXISTS temp.loan_applicants_{{ scratch(dag_run, params) }};
