-- Days that have arrived, as their snapshot of customers shows, but without a single application.
--
-- The exam data have 1 to 15 applications on every day, so that such a day is a lost one. Where a lender counts five
-- a day on average (Poisson), an honest day without one comes two or three times a year, and nothing tells it from a
-- lost one before a default of its accounts is registered. So it is written down, and the run is skipped, not failed.
WITH days AS (
  SELECT DATE_FORMAT(CAST(%(start)s AS DATE) + INTERVAL seq DAY, '%%Y%%m%%d') AS base_dt
    FROM recipe.seq_0_to_36524
   WHERE seq <= DATEDIFF(%(end)s, %(start)s)
), applications AS (
  SELECT DISTINCT applicant_date AS base_dt
    FROM mlops.loan_applicant_info
   WHERE applicant_date BETWEEN %(start)s AND %(end)s
)
SELECT d.base_dt, 'mlops.loan_applicant_info' AS table_name, '' AS row_key, '' AS column_name, 0 AS found
  FROM days d
  LEFT JOIN applications a ON a.base_dt = d.base_dt
 WHERE a.base_dt IS NULL
   AND (SELECT 1 FROM mlops.cust_info c WHERE c.base_dt = d.base_dt LIMIT 1) = 1
