-- The errors in applications of the days @from_day … @to_day, at most one per application.
-- Runs after applications.sql. Variables: @seed, @dirt.
CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_faulty (
  day int NOT NULL,
  number int NOT NULL,
  column_name varchar(20) NOT NULL,
  fault varchar(20) NOT NULL,
  truth varchar(20) NOT NULL,
  found varchar(20),
  PRIMARY KEY (day, number)
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
DELETE FROM recipe.seed_faulty WHERE day < @to_day - 119;

INSERT INTO recipe.seed_faulty
WITH draws AS (
  SELECT a.*,
    CRC32(MD5(CONCAT_WS('|', @seed, 'faulty', day, number))) * 1000000 DIV 4294967296 AS share,
    CRC32(MD5(CONCAT_WS('|', @seed, 'fault', day, number))) * 6 DIV 4294967296 AS kind
  FROM recipe.seed_applications a
  WHERE day BETWEEN @from_day AND @to_day
)
SELECT day, number,
  ELT(kind + 1, 'applicant_income', 'credit_history', 'property_area', 'property_area', 'applicant_income', 'cust_id'),
  ELT(kind + 1, 'null', 'null', 'null', 'unknown category', 'negative income', 'no customer'),
  ELT(kind + 1, applicant_income, credit_history, property_area, property_area, applicant_income, cust_id),
  ELT(kind + 1, NULL, NULL, NULL, 'Suburban', -applicant_income, CONCAT('C9', SUBSTR(cust_id, 3)))
FROM draws
WHERE share < @dirt;
