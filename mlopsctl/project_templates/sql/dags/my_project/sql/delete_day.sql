DELETE FROM mlops.my_project_daily
 WHERE base_dt = '{{ data_day(dag_run) }}'
