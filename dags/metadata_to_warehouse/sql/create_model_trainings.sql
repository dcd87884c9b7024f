CREATE TABLE IF NOT EXISTS warehouse.model_trainings (
  model_name varchar(50) NOT NULL,
  model_version varchar(10) NOT NULL,
  started datetime(6) NOT NULL,
  finished datetime(6) DEFAULT NULL,
  training_cutoff_date varchar(10) DEFAULT NULL,
  test_rows bigint DEFAULT NULL,
  accuracy double DEFAULT NULL,
  roc_auc double DEFAULT NULL,
  brier double DEFAULT NULL,
  top_decile_lift double DEFAULT NULL,
  metrics longtext DEFAULT NULL,
  PRIMARY KEY (model_name, model_version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
