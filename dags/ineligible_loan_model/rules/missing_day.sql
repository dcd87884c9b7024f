-- Days with a snapshot of customers, but without a single application.
--
-- The exam data have 1 to 15 applications on every day, so such a day has lost its data. A real lender with five
-- applications a day on average (Poisson) has two or three such days a year, which cannot be distinguished from lost
-- data until a default is registered. Therefore the day is recorded, and its run is skipped instead of failed.
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
