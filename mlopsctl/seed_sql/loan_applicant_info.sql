-- The applications with their errors; none on a lost day.
-- Ids consist of the date and a number, as course projects expect: YYMMDDnnnn and YYYYMMDDnnnn.
SELECT STRAIGHT_JOIN a.applicant_id, d.base_dt AS applicant_date, a.applicant_time,
  IF(f.column_name <=> 'cust_id', f.found, a.cust_id) AS cust_id,
  IF(f.column_name <=> 'applicant_income', f.found, a.applicant_income) AS applicant_income,
  a.coapplicant_income,
  IF(f.column_name <=> 'credit_history', f.found, a.credit_history) AS credit_history,
  IF(f.column_name <=> 'property_area', f.found, a.property_area) AS property_area,
  a.loan_amount, a.loan_amount_term, a.loan_account_id
FROM recipe.seed_calendar d
JOIN recipe.seed_applications a ON a.day = d.day
LEFT JOIN recipe.seed_faulty f ON f.day = a.day AND f.number = a.number
WHERE d.day BETWEEN @first_day AND @last_day AND d.lost = 0;
