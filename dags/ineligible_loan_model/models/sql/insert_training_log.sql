INSERT INTO mlops_meta.model_ct_log
       (model_name, model_version, started_time, finished_time, metrics, training_cutoff_date)
VALUES (%(model_name)s, %(model_version)s, FROM_UNIXTIME(%(started)s), NOW(), %(metrics)s, %(training_cutoff_date)s)
