-- The ledger: the profile of each day, and its number of rows per table.
SELECT d.base_dt, @seed AS seed, @recipe AS recipe, @scale AS scale, @drift AS drift, @dirt AS dirt,
  @customers AS cust_info,
  SUM(s.dependents) AS family_info,
  IF(d.lost, 0, d.applicants) AS loan_applicant_info,
  (SELECT COUNT(*) FROM recipe.seed_applications a WHERE a.default_day = d.day) AS loan_default_account
FROM recipe.seed_calendar d
-- Aggregated first, because most states start and end on the same days.
JOIN (SELECT first_day, last_day, SUM(dependents) AS dependents FROM recipe.seed_states GROUP BY first_day, last_day) s
  ON s.first_day <= d.day AND s.last_day >= d.day
WHERE d.day BETWEEN @first_day AND @last_day
GROUP BY d.day;
