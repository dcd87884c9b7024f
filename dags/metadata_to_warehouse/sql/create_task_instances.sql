-- Finished tasks: one row per try that was the last one when it was copied. map_index is -1 for unmapped tasks.
CREATE TABLE IF NOT EXISTS warehouse.task_instances (
  dag_id varchar(250) NOT NULL,
  run_id varchar(250) NOT NULL,
  task_id varchar(250) NOT NULL,
  map_index int NOT NULL,
  try_number int NOT NULL,
  state varchar(20) NOT NULL,
  operator varchar(100) DEFAULT NULL,
  queued_at datetime(6) DEFAULT NULL,
  started datetime(6) DEFAULT NULL,
  ended datetime(6) NOT NULL,
  seconds double DEFAULT NULL,
  PRIMARY KEY (dag_id, run_id, task_id, map_index, try_number),
  KEY (ended)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
