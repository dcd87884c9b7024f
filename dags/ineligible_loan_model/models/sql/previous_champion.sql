-- The last champion before this version. Versions rejected after they became champion (failed canary) are skipped.
SELECT d.model_version
  FROM mlops_meta.model_decisions d
 WHERE d.model_name = %(model_name)s
   AND d.decision = 'champion'
   AND d.model_version <> %(model_version)s
   AND d.id < (SELECT MAX(id)
                 FROM mlops_meta.model_decisions
                WHERE model_name = %(model_name)s
                  AND model_version = %(model_version)s
                  AND decision = 'champion')
   AND NOT EXISTS (SELECT 1
                     FROM mlops_meta.model_decisions r
                    WHERE r.model_name = d.model_name
                      AND r.model_version = d.model_version
                      AND r.decision = 'rejected'
                      AND r.id > d.id)
 ORDER BY d.id DESC
 LIMIT 1
