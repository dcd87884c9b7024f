-- The errors that seed adds, with the correct values.
SELECT STRAIGHT_JOIN d.base_dt, 'mlops.loan_applicant_info' AS table_name, a.applicant_id AS row_key, f.column_name,
  f.fault, f.truth, f.found
FROM recipe.seed_calendar d JOIN recipe.seed_faulty f ON f.day = d.day
JOIN recipe.seed_applications a ON a.day = f.day AND a.number = f.number
WHERE d.day BETWEEN @first_day AND @last_day AND d.lost = 0
UNION ALL
SELECT base_dt, 'mlops.loan_applicant_info', '', '', 'missing day', applicants, 0
FROM recipe.seed_calendar
WHERE day BETWEEN @first_day AND @last_day AND lost = 1;
