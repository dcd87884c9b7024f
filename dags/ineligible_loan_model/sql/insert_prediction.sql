INSERT INTO mlops.ineligible_loan_model_result (base_dt, applicant_id, predict, probability)
VALUES (%(day)s, %(applicant_id)s, %(predict)s, %(probability)s)
