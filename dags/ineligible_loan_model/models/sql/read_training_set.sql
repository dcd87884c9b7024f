-- Includes the loan amount, which is not in the courses' table, as a possible feature.
SELECT f.base_dt, f.loan_amount, t.*
  FROM mlops.ineligible_loan_model_features_target t
  JOIN mlops.ineligible_loan_model_features f
    ON f.applicant_id = t.applicant_id
   AND f.base_dt BETWEEN %(data_from)s AND %(data_to)s
 WHERE t.base_ym = %(base_ym)s
 ORDER BY f.base_dt, t.applicant_id
