-- Customers have rows for every day, applications may not.
SELECT MAX(base_dt)
  FROM mlops.cust_info
