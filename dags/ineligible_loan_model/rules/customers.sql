-- Applications whose customer does not exist on that day.
SELECT a.applicant_date AS base_dt, 'mlops.loan_applicant_info' AS table_name, a.applicant_id AS row_key,
       'cust_id' AS column_name, a.cust_id AS found
  FROM mlops.loan_applicant_info a
  LEFT JOIN mlops.cust_info c
    ON c.base_dt = a.applicant_date
   AND c.cust_id = a.cust_id
 WHERE a.applicant_date BETWEEN %(start)s AND %(end)s
   AND c.cust_id IS NULL
