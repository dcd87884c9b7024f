-- Trainings that started or finished in the interval. A timestamp is returned in the session's time zone.
REPLACE INTO warehouse.model_trainings
SELECT model_name, model_version, started, finished, training_cutoff_date, JSON_VALUE(metrics, '$.rows'),
  JSON_VALUE(metrics, '$.accuracy'), JSON_VALUE(metrics, '$.roc_auc'), JSON_VALUE(metrics, '$.brier'),
  JSON_VALUE(metrics, '$.top_decile_lift'), metrics
  FROM (
    SELECT l.*, CONVERT_TZ(started_time, @@session.time_zone, '+09:00') AS started,
      CONVERT_TZ(finished_time, @@session.time_zone, '+09:00') AS finished
      FROM mlops_meta.model_ct_log l
  ) l
 WHERE (started >= %(start)s AND started < %(end)s) OR (finished >= %(start)s AND finished < %(end)s)
