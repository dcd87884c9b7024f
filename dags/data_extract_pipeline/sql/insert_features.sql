-- REPLACE, not INSERT: if a try committed but its success was not recorded, the next try finds the rows it wrote.
REPLACE INTO mlops.ineligible_loan_model_features
       (base_dt, applicant_id, gender, married, family_dependents, education, self_employed, applicant_income,
        coapplicant_income, loan_amount, loan_amount_term, credit_history, property_area)
SELECT '{{ data_day(dag_run, params) }}',
       a.applicant_id,
       a.gender,
       a.married,
       COALESCE(f.family_dependents, '0'),
       a.education,
       a.self_employed,
       a.applicant_income,
       a.coapplicant_income,
       a.loan_amount,
       a.loan_amount_term,
       a.credit_history,
       a.property_area
  FROM temp.loan_applicants_{{ scratch_suffix(dag_run, params) }} a
  LEFT JOIN temp.family_counts_{{ scratch_suffix(dag_run, params) }} f
    ON f.cust_id = a.cust_id;
