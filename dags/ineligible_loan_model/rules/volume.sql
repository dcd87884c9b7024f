-- Days with more than twice as many applications as the fullest day of the four weeks before, or fewer than a quarter of
-- the emptiest, where there are two weeks to compare with. Not so many standard deviations from the mean: the exam
-- data are not Poisson at a larger scale, where each count is a multiple. Over their whole range, in 200 worlds, no day
-- breaks this rule.
WITH counts AS (
  SELECT applicant_date AS base_dt, COUNT(*) AS n
    FROM mlops.loan_applicant_info
   WHERE applicant_date BETWEEN DATE_FORMAT(CAST(%(start)s AS DATE) - INTERVAL 28 DAY, '%%Y%%m%%d') AND %(end)s
   GROUP BY applicant_date
), compared AS (
  SELECT base_dt, n, COUNT(*) OVER weeks AS days, MIN(n) OVER weeks AS fewest, MAX(n) OVER weeks AS most
    FROM counts
  WINDOW weeks AS (ORDER BY TO_DAYS(base_dt) RANGE BETWEEN 28 PRECEDING AND 1 PRECEDING)
)
SELECT base_dt, 'mlops.loan_applicant_info' AS table_name, '' AS row_key, 'applicant_id' AS column_name, n AS found
  FROM compared
 WHERE base_dt >= %(start)s
   AND days >= 14
   AND (n > 2 * most OR 4 * n < fewest)
