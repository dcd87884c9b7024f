CREATE TABLE IF NOT EXISTS mlops.my_project_daily (
  base_dt varchar(8) NOT NULL,
  property_area varchar(10) NOT NULL,
  applications int NOT NULL,
  loan_amount bigint NOT NULL,
  PRIMARY KEY (base_dt, property_area)
)
