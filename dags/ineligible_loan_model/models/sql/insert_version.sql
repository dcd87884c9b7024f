INSERT INTO mlops_meta.model_versions
       (model_name, model_version, artifact, checksum, features, data_from, data_to, rows_trained)
VALUES (%(model_name)s, %(model_version)s, %(artifact)s, %(checksum)s, %(features)s, %(data_from)s, %(data_to)s,
        %(rows_trained)s)
