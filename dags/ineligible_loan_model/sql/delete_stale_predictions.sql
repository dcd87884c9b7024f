-- Predictions by an earlier run for applications that no longer exist.
DELETE r
  FROM mlops.ineligible_loan_model_result r
  LEFT JOIN recipe.recipe_target_applicants t
    ON t.base_dt = r.base_dt
   AND t.applicant_id = r.applicant_id
 WHERE r.base_dt = %(day)s
   AND t.applicant_id IS NULL
