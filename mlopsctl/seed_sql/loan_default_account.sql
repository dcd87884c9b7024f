-- The defaults, on the day of their registration rather than of the application.
SELECT STRAIGHT_JOIN a.loan_account_id, d.base_dt AS registration_date, a.registration_time, 'Yes' AS loan_default
FROM recipe.seed_calendar d JOIN recipe.seed_applications a ON a.default_day = d.day
WHERE d.day BETWEEN @first_day AND @last_day;
