-- The applications of the days start … end, with their customers and dependents as of that day.
INSERT INTO mlops.ineligible_loan_model_features
       (base_dt, applicant_id, gender, married, family_dependents, education, self_employed, applicant_income,
        coapplicant_income, loan_amount, loan_amount_term, credit_history, property_area)
SELECT a.applicant_date,
       a.applicant_id,
       c.gender,
       c.married,
       -- One lookup by primary key per application: joining all dependents of a day would read a hundred times more.
       (SELECT IF(COUNT(*) >= 3, '3+', COUNT(*))
          FROM mlops.family_info f
         WHERE f.base_dt = a.applicant_date AND f.cust_id = a.cust_id),
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
 WHERE a.applicant_date BETWEEN %(start)s AND %(end)s
