DELETE FROM mlops_meta.validation_failures
 WHERE base_dt BETWEEN %(start)s AND %(end)s
