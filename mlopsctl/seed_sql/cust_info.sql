-- All customers at the end of each day from @first_day to @last_day.
SELECT STRAIGHT_JOIN d.base_dt, s.cust_id, s.gender, s.married, s.education, s.self_employed
FROM recipe.seed_calendar d JOIN recipe.seed_states s ON s.first_day <= d.day AND s.last_day >= d.day
WHERE d.day BETWEEN @first_day AND @last_day;
