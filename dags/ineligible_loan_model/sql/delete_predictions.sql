DELETE FROM mlops.ineligible_loan_model_result
 WHERE base_dt = %(day)s
