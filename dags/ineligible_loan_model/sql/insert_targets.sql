-- The applications to predict: all of the day.
INSERT INTO recipe.recipe_target_applicants (base_dt, applicant_id, loan_account_id)
SELECT applicant_date, applicant_id, loan_account_id
  FROM mlops.loan_applicant_info
 WHERE applicant_date = %(day)s
