-- A version rejected after it became champion is skipped (the first version, if its canary fails).
SELECT d.model_version
  FROM mlops_meta.model_decisions d
 WHERE d.model_name = %(model_name)s
   AND d.decision = 'champion'
   AND NOT EXISTS (SELECT 1
                     FROM mlops_meta.model_decisions r
                    WHERE r.model_name = d.model_name
                      AND r.model_version = d.model_version
                      AND r.decision = 'rejected'
                      AND r.id > d.id)
 ORDER BY d.id DESC
 LIMIT 1
