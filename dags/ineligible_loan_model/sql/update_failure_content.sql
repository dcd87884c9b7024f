-- Store the current content of the invalid rows.
UPDATE mlops_meta.validation_failures v
  LEFT JOIN mlops.loan_applicant_info a
    ON v.table_name = 'mlops.loan_applicant_info'
   AND a.applicant_id = v.row_key
  LEFT JOIN mlops.cust_info c
    ON v.table_name = 'mlops.cust_info'
   AND c.base_dt = v.base_dt
   AND c.cust_id = v.row_key
   SET v.content = CASE
         WHEN a.applicant_id IS NOT NULL THEN JSON_OBJECT(
           'applicant_id', a.applicant_id, 'applicant_date', a.applicant_date, 'cust_id', a.cust_id,
           'applicant_income', a.applicant_income, 'coapplicant_income', a.coapplicant_income,
           'credit_history', a.credit_history, 'property_area', a.property_area, 'loan_amount', a.loan_amount,
           'loan_amount_term', a.loan_amount_term, 'loan_account_id', a.loan_account_id)
         WHEN c.cust_id IS NOT NULL THEN JSON_OBJECT(
           'base_dt', c.base_dt, 'cust_id', c.cust_id, 'gender', c.gender, 'married', c.married,
           'education', c.education, 'self_employed', c.self_employed)
       END
 WHERE v.base_dt BETWEEN %(start)s AND %(end)s
