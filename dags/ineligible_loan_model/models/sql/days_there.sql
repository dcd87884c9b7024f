-- GROUP BY and not COUNT(DISTINCT …): the server then leaps from day to day in the index.
SELECT COUNT(*)
  FROM (SELECT base_dt
          FROM mlops.cust_info
         WHERE base_dt BETWEEN %(start)s AND %(end)s
         GROUP BY base_dt) d
