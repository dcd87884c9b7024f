SELECT v.model_version, v.artifact, v.checksum, v.features, v.data_from, v.data_to, l.training_cutoff_date, l.metrics
  FROM mlops_meta.model_versions v
  JOIN mlops_meta.model_ct_log l
    ON l.model_name = v.model_name
   AND l.model_version = v.model_version
 WHERE v.model_name = %(model_name)s
 ORDER BY v.registered_time
