SELECT MAX(base_dt)
  FROM mlops.cust_info
 WHERE base_dt < %(before)s
