-- Days with applications, but without a snapshot of customers or of their families.
-- A scalar subquery, not EXISTS, which the server would execute as a scan of all snapshots.
WITH days AS (
  SELECT DISTINCT applicant_date AS base_dt
    FROM mlops.loan_applicant_info
   WHERE applicant_date BETWEEN %(start)s AND %(end)s
)
SELECT base_dt, 'mlops.cust_info' AS table_name, '' AS row_key, '' AS column_name, 0 AS found
  FROM days d
 WHERE (SELECT 1 FROM mlops.cust_info c WHERE c.base_dt = d.base_dt LIMIT 1) IS NULL
UNION ALL
SELECT base_dt, 'mlops.family_info', '', '', 0
  FROM days d
 WHERE (SELECT 1 FROM mlops.family_info f WHERE f.base_dt = d.base_dt LIMIT 1) IS NULL
