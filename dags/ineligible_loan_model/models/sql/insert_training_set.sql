-- The applications of the training window, labelled with their outcome within 90 days as known on the day as_of.
INSERT INTO mlops.ineligible_loan_model_features_target
       (base_ym, applicant_id, gender, married, family_dependents, education, self_employed, applicant_income,
        coapplicant_income, loan_amount_term, credit_history, property_area, loan_status)
SELECT %(base_ym)s,
       f.applicant_id,
       f.gender,
       f.married,
       f.family_dependents,
       f.education,
       f.self_employed,
       f.applicant_income,
       f.coapplicant_income,
       f.loan_amount_term,
       f.credit_history,
       f.property_area,
       IF(d.loan_account_id IS NULL, 'Creditworthy', 'Loan Default')
  FROM mlops.ineligible_loan_model_features f
  JOIN mlops.loan_applicant_info a
    ON a.applicant_id = f.applicant_id
  LEFT JOIN mlops.loan_default_account d
    ON d.loan_account_id = a.loan_account_id
   AND d.registration_date < %(as_of)s
   AND DATEDIFF(d.registration_date, a.applicant_date) <= %(label_days)s
 WHERE f.base_dt BETWEEN %(data_from)s AND %(data_to)s
