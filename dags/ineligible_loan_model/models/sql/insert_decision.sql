INSERT INTO mlops_meta.model_decisions (model_name, model_version, decision, reason, decided_by)
VALUES (%(model_name)s, %(model_version)s, %(decision)s, %(reason)s, %(decided_by)s)
