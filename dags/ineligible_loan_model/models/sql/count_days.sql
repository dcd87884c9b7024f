-- GROUP BY, not COUNT(DISTINCT …): it allows a loose index scan, which skips from day to day.
SELECT COUNT(*)
  FROM (SELECT base_dt
          FROM mlops.cust_info
         WHERE base_dt BETWEEN %(start)s AND %(end)s
         GROUP BY base_dt) d
