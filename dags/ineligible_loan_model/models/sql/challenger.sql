SELECT v.model_version
  FROM mlops_meta.model_versions v
 WHERE v.model_name = %(model_name)s
   AND NOT EXISTS (SELECT 1
                     FROM mlops_meta.model_decisions d
                    WHERE d.model_name = v.model_name
                      AND d.model_version = v.model_version)
 ORDER BY v.registered_time DESC
 LIMIT 1
