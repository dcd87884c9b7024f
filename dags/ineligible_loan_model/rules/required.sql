-- Missing values that are required in every application. The loan amount and term are optional.
WITH applications AS (
  SELECT * FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN %(start)s AND %(end)s
), missing AS (
  SELECT applicant_date, applicant_id, 'applicant_income' AS name FROM applications WHERE applicant_income IS NULL
  UNION ALL
  SELECT applicant_date, applicant_id, 'coapplicant_income' FROM applications WHERE coapplicant_income IS NULL
  UNION ALL
  SELECT applicant_date, applicant_id, 'credit_history' FROM applications WHERE credit_history IS NULL
  UNION ALL
  SELECT applicant_date, applicant_id, 'property_area' FROM applications WHERE property_area IS NULL
  UNION ALL
  SELECT applicant_date, applicant_id, 'loan_account_id' FROM applications WHERE loan_account_id IS NULL
)
SELECT applicant_date AS base_dt, 'mlops.loan_applicant_info' AS table_name, applicant_id AS row_key,
       name AS column_name, NULL AS found
  FROM missing
