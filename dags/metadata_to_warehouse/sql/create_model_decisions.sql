CREATE TABLE IF NOT EXISTS warehouse.model_decisions (
  id bigint NOT NULL,
  model_name varchar(50) NOT NULL,
  model_version varchar(10) NOT NULL,
  decision varchar(10) NOT NULL,
  reason varchar(500) NOT NULL,
  decided_by varchar(250) NOT NULL,
  decided datetime(6) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
