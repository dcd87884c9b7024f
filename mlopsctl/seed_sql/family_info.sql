-- The dependents of all customers at the end of each day from @first_day to @last_day.
SELECT STRAIGHT_JOIN d.base_dt, m.cust_id, m.family_cust_id, m.living_together
FROM recipe.seed_calendar d JOIN recipe.seed_members m ON m.first_day <= d.day AND m.last_day >= d.day
WHERE d.day BETWEEN @first_day AND @last_day;
