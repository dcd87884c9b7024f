-- Accounts that belong to more than one application, on whatever days. That applicant_id is unique, and a customer
-- there once a day, is held by the primary keys: the rule `schema` looks that they are there.
SELECT a.applicant_date AS base_dt, 'mlops.loan_applicant_info' AS table_name, a.applicant_id AS row_key,
       'loan_account_id' AS column_name, a.loan_account_id AS found
  FROM mlops.loan_applicant_info a
  JOIN (SELECT loan_account_id
          FROM mlops.loan_applicant_info
         GROUP BY loan_account_id
        HAVING COUNT(*) > 1) twice
    ON twice.loan_account_id = a.loan_account_id
 WHERE a.applicant_date BETWEEN %(start)s AND %(end)s
