INSERT INTO mlops.my_project_daily (base_dt, property_area, applications, loan_amount)
SELECT applicant_date,
       COALESCE(property_area, 'unknown'),
       COUNT(*),
       COALESCE(SUM(loan_amount), 0)
  FROM mlops.loan_applicant_info
 WHERE applicant_date = '{{ data_day(dag_run) }}'
 GROUP BY applicant_date, COALESCE(property_area, 'unknown')
