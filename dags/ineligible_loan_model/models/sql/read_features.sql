SELECT *
  FROM mlops.ineligible_loan_model_features
 WHERE base_dt BETWEEN %(start)s AND %(end)s
 ORDER BY base_dt, applicant_id
