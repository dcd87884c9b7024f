DELETE FROM mlops.ineligible_loan_model_features
 WHERE base_dt = '{{ data_day(dag_run, params) }}';
