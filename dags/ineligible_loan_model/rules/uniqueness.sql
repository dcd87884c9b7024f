-- Accounts that belong to more than one application, on any day. The uniqueness of applicant_id, and of customers per
-- day, is ensured by primary keys, which the rule `schema` checks.
SELECT a.applicant_date AS base_dt, 'mlops.loan_applicant_info' AS table_name, a.applicant_id AS row_key,
       'loan_account_id' AS column_name, a.loan_account_id AS found
  FROM mlops.loan_applicant_info a
  JOIN (SELECT loan_account_id
          FROM mlops.loan_applicant_info
         GROUP BY loan_account_id
        HAVING COUNT(*) > 1) twice
    ON twice.loan_account_id = a.loan_account_id
 WHERE a.applicant_date BETWEEN %(start)s AND %(end)s
