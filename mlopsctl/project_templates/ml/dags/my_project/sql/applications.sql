-- The applications of the day, with their customers as of that day.
SELECT a.applicant_id, c.gender, c.married, c.education, c.self_employed, a.applicant_income, a.coapplicant_income,
       a.loan_amount, a.loan_amount_term, a.credit_history, a.property_area
  FROM mlops.loan_applicant_info a
  JOIN mlops.cust_info c ON c.base_dt = a.applicant_date AND c.cust_id = a.cust_id
 WHERE a.applicant_date = %(day)s
 ORDER BY a.applicant_id
