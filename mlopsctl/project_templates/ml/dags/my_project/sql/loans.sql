-- The loans to learn from, with their customers as of the day of the application. The label is 1 if the loan was
-- registered as defaulted within 90 days, as known on the day of the run.
SELECT c.gender, c.married, c.education, c.self_employed, a.applicant_income, a.coapplicant_income, a.loan_amount,
       a.loan_amount_term, a.credit_history, a.property_area, d.loan_account_id IS NOT NULL AS label
  FROM mlops.loan_applicant_info a
  JOIN mlops.cust_info c ON c.base_dt = a.applicant_date AND c.cust_id = a.cust_id
  LEFT JOIN mlops.loan_default_account d ON d.loan_account_id = a.loan_account_id
   AND d.registration_date <= %(day)s AND DATEDIFF(d.registration_date, a.applicant_date) <= 90
 WHERE a.applicant_date BETWEEN %(first)s AND %(last)s
 ORDER BY a.applicant_date, a.applicant_id
