-- Finished runs. Times are in Asia/Seoul.
CREATE TABLE IF NOT EXISTS warehouse.dag_runs (
  dag_id varchar(250) NOT NULL,
  run_id varchar(250) NOT NULL,
  run_type varchar(50) NOT NULL,
  state varchar(50) NOT NULL,
  logical_date datetime(6) DEFAULT NULL,
  queued_at datetime(6) DEFAULT NULL,
  started datetime(6) DEFAULT NULL,
  ended datetime(6) NOT NULL,
  seconds double DEFAULT NULL,
  PRIMARY KEY (dag_id, run_id),
  KEY (ended)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
