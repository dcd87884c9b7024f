INSERT INTO mlops_meta.model_api_log (model_name, model_version, log_type, payload)
VALUES (%(model_name)s, %(model_version)s, 'report', %(payload)s)
