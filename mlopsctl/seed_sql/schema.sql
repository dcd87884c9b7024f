-- The tables of the feature store, as existing course projects expect them. One column per line: existing tables are
-- compared with this file. Dates are YYYYMMDD text.
CREATE DATABASE IF NOT EXISTS mlops CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE IF NOT EXISTS mlops_meta CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE IF NOT EXISTS recipe CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

-- All customers at the end of each day.
CREATE TABLE IF NOT EXISTS mlops.cust_info (
  base_dt varchar(8) NOT NULL,
  cust_id varchar(10) NOT NULL,
  gender varchar(10) DEFAULT NULL,
  married varchar(5) DEFAULT NULL,
  education varchar(20) DEFAULT NULL,
  self_employed varchar(5) DEFAULT NULL,
  PRIMARY KEY (base_dt, cust_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- The dependents of all customers at the end of each day.
CREATE TABLE IF NOT EXISTS mlops.family_info (
  base_dt varchar(8) NOT NULL,
  cust_id varchar(10) NOT NULL,
  family_cust_id varchar(10) NOT NULL,
  living_together varchar(5) DEFAULT NULL,
  PRIMARY KEY (base_dt, cust_id, family_cust_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Loan applications. Incomes are per month, amounts in thousands, terms in months.
CREATE TABLE IF NOT EXISTS mlops.loan_applicant_info (
  applicant_id varchar(10) NOT NULL,
  applicant_date varchar(8) NOT NULL,
  applicant_time varchar(6) NOT NULL,
  cust_id varchar(10) NOT NULL,
  applicant_income bigint DEFAULT NULL,
  coapplicant_income bigint DEFAULT NULL,
  credit_history decimal(5,2) DEFAULT NULL,
  property_area varchar(10) DEFAULT NULL,
  loan_amount bigint DEFAULT NULL,
  loan_amount_term int DEFAULT NULL,
  loan_account_id varchar(12) DEFAULT NULL,
  PRIMARY KEY (applicant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Registered defaults. A loan that is missing here has not defaulted, or not yet.
CREATE TABLE IF NOT EXISTS mlops.loan_default_account (
  loan_account_id varchar(12) NOT NULL,
  registration_date varchar(8) DEFAULT NULL,
  registration_time varchar(6) DEFAULT NULL,
  loan_default varchar(5) DEFAULT NULL,
  PRIMARY KEY (loan_account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS mlops.ineligible_loan_model_features (
  base_dt varchar(8) NOT NULL,
  applicant_id varchar(10) NOT NULL,
  gender varchar(10) DEFAULT NULL,
  married varchar(5) DEFAULT NULL,
  family_dependents varchar(21) DEFAULT NULL,
  education varchar(20) DEFAULT NULL,
  self_employed varchar(5) DEFAULT NULL,
  applicant_income bigint DEFAULT NULL,
  coapplicant_income bigint DEFAULT NULL,
  loan_amount bigint DEFAULT NULL,
  loan_amount_term int DEFAULT NULL,
  credit_history decimal(5,2) DEFAULT NULL,
  property_area varchar(10) DEFAULT NULL,
  PRIMARY KEY (base_dt, applicant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS mlops.ineligible_loan_model_result (
  base_dt varchar(8) NOT NULL,
  applicant_id varchar(10) NOT NULL,
  predict int DEFAULT NULL,
  probability double DEFAULT NULL,
  PRIMARY KEY (base_dt, applicant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS mlops.ineligible_loan_model_features_target (
  base_ym varchar(8) NOT NULL,
  applicant_id varchar(10) NOT NULL,
  gender varchar(10) DEFAULT NULL,
  married varchar(5) DEFAULT NULL,
  family_dependents varchar(21) DEFAULT NULL,
  education varchar(20) DEFAULT NULL,
  self_employed varchar(5) DEFAULT NULL,
  applicant_income bigint DEFAULT NULL,
  coapplicant_income bigint DEFAULT NULL,
  loan_amount_term int DEFAULT NULL,
  credit_history decimal(5,2) DEFAULT NULL,
  property_area varchar(10) DEFAULT NULL,
  loan_status varchar(12) DEFAULT NULL,
  PRIMARY KEY (base_ym, applicant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS mlops_meta.model_ct_log (
  model_name varchar(50) NOT NULL,
  model_version varchar(10) NOT NULL,
  started_time timestamp NOT NULL DEFAULT current_timestamp(),
  finished_time timestamp NULL DEFAULT NULL ON UPDATE current_timestamp(),
  metrics longtext DEFAULT NULL,
  training_cutoff_date varchar(10) DEFAULT NULL,
  PRIMARY KEY (model_name, model_version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS mlops_meta.model_api_log (
  id bigint NOT NULL AUTO_INCREMENT,
  model_name varchar(50) NOT NULL,
  model_version varchar(10) NOT NULL,
  log_type varchar(10) NOT NULL,
  request_time timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  payload longtext DEFAULT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS recipe.recipe_target_applicants (
  base_dt varchar(8) NOT NULL,
  applicant_id varchar(10) NOT NULL,
  loan_account_id varchar(12) DEFAULT NULL,
  PRIMARY KEY (base_dt, applicant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS recipe.recipe_target_applicants_new_id (
  base_dt varchar(8) NOT NULL,
  applicant_id varchar(10) NOT NULL,
  new_applicant_id varchar(34) DEFAULT NULL,
  loan_account_id varchar(12) DEFAULT NULL,
  new_loan_account_id varchar(36) DEFAULT NULL,
  PRIMARY KEY (base_dt, applicant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- mlopsctl: the ledger of seed, with the profile of each day and its number of rows per table. Written in the same
-- transaction as the rows. drift: the day on which it starts, empty before it; dirt: per million.
CREATE TABLE IF NOT EXISTS mlops_meta.seed_days (
  base_dt varchar(8) NOT NULL,
  seed int NOT NULL,
  recipe int NOT NULL,
  scale int NOT NULL,
  drift varchar(8) NOT NULL,
  dirt int NOT NULL,
  cust_info int NOT NULL,
  family_info int NOT NULL,
  loan_applicant_info int NOT NULL,
  loan_default_account int NOT NULL,
  PRIMARY KEY (base_dt)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- mlopsctl: the errors that seed adds, with the correct value as text. row_key: applicant_id; empty for a lost day.
CREATE TABLE IF NOT EXISTS mlops_meta.seed_faults (
  base_dt varchar(8) NOT NULL,
  table_name varchar(64) NOT NULL,
  row_key varchar(10) NOT NULL,
  column_name varchar(64) NOT NULL,
  fault varchar(20) NOT NULL,
  truth varchar(20) NOT NULL,
  found varchar(20) DEFAULT NULL,
  PRIMARY KEY (base_dt, table_name, row_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- mlopsctl: trained models. artifact: path of the file in the model store; checksum: SHA-256 of the file.
CREATE TABLE IF NOT EXISTS mlops_meta.model_versions (
  model_name varchar(50) NOT NULL,
  model_version varchar(10) NOT NULL,
  artifact varchar(255) NOT NULL,
  checksum char(64) NOT NULL,
  features longtext NOT NULL,
  data_from varchar(8) NOT NULL,
  data_to varchar(8) NOT NULL,
  rows_trained int NOT NULL,
  registered_time timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (model_name, model_version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- mlopsctl: decisions about model versions; rows never change. The last 'champion' row names the champion. A version
-- without a row is a challenger; one whose last row is 'rejected' lost the comparison, or failed its canary.
CREATE TABLE IF NOT EXISTS mlops_meta.model_decisions (
  id bigint NOT NULL AUTO_INCREMENT,
  model_name varchar(50) NOT NULL,
  model_version varchar(10) NOT NULL,
  decision varchar(10) NOT NULL,
  reason varchar(500) NOT NULL,
  decided_by varchar(250) NOT NULL,
  decided_time timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- mlopsctl: the errors found by the last validation of a day. content: the faulty row as JSON, empty for missing rows.
CREATE TABLE IF NOT EXISTS mlops_meta.validation_failures (
  base_dt varchar(8) NOT NULL,
  rule varchar(40) NOT NULL,
  table_name varchar(64) NOT NULL,
  row_key varchar(30) NOT NULL,
  column_name varchar(64) NOT NULL,
  found varchar(100) DEFAULT NULL,
  content longtext DEFAULT NULL,
  checked_time timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (base_dt, rule, table_name, row_key, column_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
