-- The number of family members of each customer on the day; 3+ for three or more.
CREATE OR REPLACE TABLE temp.family_counts_{{ scratch_suffix(dag_run, params) }} (PRIMARY KEY (cust_id)) AS
SELECT cust_id,
       CASE WHEN COUNT(*) >= 3 THEN '3+' ELSE CAST(COUNT(*) AS CHAR) END AS family_dependents
  FROM mlops.family_info
 WHERE base_dt = '{{ data_day(dag_run, params) }}'
 GROUP BY cust_id;
