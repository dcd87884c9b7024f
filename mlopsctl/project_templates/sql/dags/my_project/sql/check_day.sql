-- Whether every application of the day is counted once.
SELECT (SELECT COALESCE(SUM(applications), 0)
          FROM mlops.my_project_daily
         WHERE base_dt = '{{ data_day(dag_run) }}')
     = (SELECT COUNT(*)
          FROM mlops.loan_applicant_info
         WHERE applicant_date = '{{ data_day(dag_run) }}')
