-- Recent predictions that were more than 90 days old on the day as_of, and the outcomes of their loans. A prediction
-- without a probability, by another pipeline, cannot be measured.
SELECT r.base_dt,
       r.predict,
       r.probability,
       IF(d.loan_account_id IS NULL, 0, 1) AS defaulted
  FROM mlops.ineligible_loan_model_result r
  JOIN mlops.loan_applicant_info a
    ON a.applicant_id = r.applicant_id
  LEFT JOIN mlops.loan_default_account d
    ON d.loan_account_id = a.loan_account_id
   AND d.registration_date < %(as_of)s
   AND DATEDIFF(d.registration_date, a.applicant_date) <= %(label_days)s
 WHERE r.predict IS NOT NULL
   AND r.probability IS NOT NULL
   AND r.base_dt < DATE_FORMAT(%(as_of)s - INTERVAL %(label_days)s DAY, '%%Y%%m%%d')
   AND r.base_dt >= DATE_FORMAT(%(as_of)s - INTERVAL %(days)s DAY, '%%Y%%m%%d')
 ORDER BY r.base_dt, r.applicant_id
