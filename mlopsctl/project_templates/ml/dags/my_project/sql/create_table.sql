CREATE TABLE IF NOT EXISTS mlops.my_project_predictions (
  base_dt varchar(8) NOT NULL,
  applicant_id varchar(10) NOT NULL,
  probability double NOT NULL,
  PRIMARY KEY (base_dt, applicant_id)
)
