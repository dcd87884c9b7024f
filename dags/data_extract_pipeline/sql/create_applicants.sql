-- The applications of the day, with their customers as of that day.
CREATE OR REPLACE TABLE temp.loan_applicants_{{ scratch_suffix(dag_run, params) }} (PRIMARY KEY (applicant_id)) AS
SELECT a.applicant_id,
       a.cust_id,
       c.gender,
       c.married,
       c.education,
       c.self_employed,
       a.applicant_income,
       a.coapplicant_income,
       a.loan_amount,
       a.loan_amount_term,
       a.credit_history,
       a.property_area
  FROM mlops.loan_applicant_info a
  LEFT JOIN mlops.cust_info c
    ON c.base_dt = a.applicant_date
   AND c.cust_id = a.cust_id
 WHERE a.applicant_date = '{{ data_day(dag_run, params) }}';
