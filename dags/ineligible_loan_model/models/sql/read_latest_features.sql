SELECT f.*
  FROM mlops.ineligible_loan_model_features f
  JOIN (SELECT DISTINCT base_dt
          FROM mlops.ineligible_loan_model_features
         WHERE base_dt < %(before)s
         ORDER BY base_dt DESC
         LIMIT %(days)s) d
    ON d.base_dt = f.base_dt
 ORDER BY f.base_dt, f.applicant_id
