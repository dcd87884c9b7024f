-- Empty the days @first_day … @last_day before they are written anew, in the same transaction.
-- The days are computed in each statement: a variable that holds text would bring a collation of its own.
DELETE FROM mlops_meta.seed_days WHERE base_dt
  BETWEEN DATE_FORMAT('2023-06-01' + INTERVAL @first_day DAY, '%Y%m%d')
      AND DATE_FORMAT('2023-06-01' + INTERVAL @last_day DAY, '%Y%m%d');
DELETE FROM mlops.cust_info WHERE base_dt
  BETWEEN DATE_FORMAT('2023-06-01' + INTERVAL @first_day DAY, '%Y%m%d')
      AND DATE_FORMAT('2023-06-01' + INTERVAL @last_day DAY, '%Y%m%d');
DELETE FROM mlops.family_info WHERE base_dt
  BETWEEN DATE_FORMAT('2023-06-01' + INTERVAL @first_day DAY, '%Y%m%d')
      AND DATE_FORMAT('2023-06-01' + INTERVAL @last_day DAY, '%Y%m%d');
DELETE FROM mlops.loan_applicant_info WHERE applicant_date
  BETWEEN DATE_FORMAT('2023-06-01' + INTERVAL @first_day DAY, '%Y%m%d')
      AND DATE_FORMAT('2023-06-01' + INTERVAL @last_day DAY, '%Y%m%d');
DELETE FROM mlops.loan_default_account WHERE registration_date
  BETWEEN DATE_FORMAT('2023-06-01' + INTERVAL @first_day DAY, '%Y%m%d')
      AND DATE_FORMAT('2023-06-01' + INTERVAL @last_day DAY, '%Y%m%d');
