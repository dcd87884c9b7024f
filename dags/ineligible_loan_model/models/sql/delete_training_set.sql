DELETE FROM mlops.ineligible_loan_model_features_target
 WHERE base_ym = %(base_ym)s
