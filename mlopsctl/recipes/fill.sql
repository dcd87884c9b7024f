-- Write the days @first_day … @last_day into the feature store; runs inside one transaction.
-- seed_days comes first: should somebody else be writing the same days, this waits for them, or fails.
INSERT INTO mlops_meta.seed_days
SELECT c.base_dt, @seed, @recipe, @scale, @customers,
  (SELECT COUNT(*) FROM recipe.seed_families),
  c.applicants,
  (SELECT COUNT(*) FROM recipe.seed_applications a WHERE a.default_day = c.day)
FROM recipe.seed_calendar c
WHERE c.day BETWEEN @first_day AND @last_day;

INSERT INTO mlops.cust_info (base_dt, cust_id, gender, married, education, self_employed)
SELECT STRAIGHT_JOIN d.base_dt, c.cust_id, c.gender, c.married, c.education, c.self_employed
FROM recipe.seed_calendar d JOIN recipe.seed_customers c
WHERE d.day BETWEEN @first_day AND @last_day;

INSERT INTO mlops.family_info (base_dt, cust_id, family_cust_id, living_together)
SELECT STRAIGHT_JOIN d.base_dt, f.cust_id, f.family_cust_id, f.living_together
FROM recipe.seed_calendar d JOIN recipe.seed_families f
WHERE d.day BETWEEN @first_day AND @last_day;

-- Ids are made of the date and a number, as course projects expect: YYMMDDnnnn and YYYYMMDDnnnn.
INSERT INTO mlops.loan_applicant_info (applicant_id, applicant_date, applicant_time, cust_id, applicant_income,
  coapplicant_income, credit_history, property_area, loan_amount, loan_amount_term, loan_account_id)
SELECT CONCAT(SUBSTR(base_dt, 3), LPAD(number, 4, '0')), base_dt, applicant_time, cust_id, applicant_income,
  coapplicant_income, credit_history, property_area, loan_amount, loan_amount_term,
  CONCAT(base_dt, LPAD(number, 4, '0'))
FROM recipe.seed_applications
WHERE day BETWEEN @first_day AND @last_day;

-- A default is known on the day it is registered, not on the day of the application.
INSERT INTO mlops.loan_default_account (loan_account_id, registration_date, registration_time, loan_default)
SELECT CONCAT(a.base_dt, LPAD(a.number, 4, '0')), d.base_dt, a.registration_time, 'Yes'
FROM recipe.seed_calendar d JOIN recipe.seed_applications a ON a.default_day = d.day
WHERE d.day BETWEEN @first_day AND @last_day;
