SELECT f.*
  FROM mlops.ineligible_loan_model_features f
  JOIN recipe.recipe_target_applicants t
    ON t.base_dt = f.base_dt
   AND t.applicant_id = f.applicant_id
 WHERE f.base_dt = %(day)s
 ORDER BY f.applicant_id
