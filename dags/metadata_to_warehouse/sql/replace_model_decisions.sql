REPLACE INTO warehouse.model_decisions
SELECT id, model_name, model_version, decision, reason, decided_by, decided
  FROM (
    SELECT d.*, CONVERT_TZ(decided_time, @@session.time_zone, '+09:00') AS decided FROM mlops_meta.model_decisions d
  ) d
 WHERE decided >= %(start)s AND decided < %(end)s
