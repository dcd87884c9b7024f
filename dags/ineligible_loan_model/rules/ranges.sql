-- Impossible numbers. The bounds are wide: unusual values are valid.
WITH applications AS (
  SELECT * FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN %(start)s AND %(end)s
), numbers AS (
  SELECT applicant_date, applicant_id, 'applicant_income' AS name, applicant_income AS number, 0 AS low,
         1000000 AS high FROM applications
  UNION ALL
  SELECT applicant_date, applicant_id, 'coapplicant_income', coapplicant_income, 0, 1000000 FROM applications
  UNION ALL
  SELECT applicant_date, applicant_id, 'loan_amount', loan_amount, 1, 100000 FROM applications
  UNION ALL
  SELECT applicant_date, applicant_id, 'loan_amount_term', loan_amount_term, 1, 600 FROM applications
)
SELECT applicant_date AS base_dt, 'mlops.loan_applicant_info' AS table_name, applicant_id AS row_key,
       name AS column_name, CAST(number AS CHAR) AS found
  FROM numbers
 WHERE number NOT BETWEEN low AND high
UNION ALL
SELECT applicant_date, 'mlops.loan_applicant_info', applicant_id, 'credit_history', CAST(credit_history AS CHAR)
  FROM applications
 WHERE credit_history NOT IN (0, 1)
