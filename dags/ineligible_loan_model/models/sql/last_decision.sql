SELECT decision, reason
  FROM mlops_meta.model_decisions
 WHERE model_name = %(model_name)s
   AND model_version = %(model_version)s
 ORDER BY id DESC
 LIMIT 1
