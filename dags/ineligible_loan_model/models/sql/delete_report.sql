DELETE FROM mlops_meta.model_api_log
 WHERE model_name = %(model_name)s
   AND log_type = 'report'
   AND JSON_VALUE(payload, '$.as_of') = %(as_of)s
