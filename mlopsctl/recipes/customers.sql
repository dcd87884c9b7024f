-- Every customer, once; a day's snapshot repeats them. Variables: @seed, @customers.
--
-- A die is CRC32(MD5(text)): MD5 mixes, CRC32 turns it into a whole number below 2^32. Whole numbers only, so
-- every server and every session comes to the same rows. A share is a die as 0 … 999999.
CREATE TEMPORARY TABLE recipe.seed_customers (
  n int NOT NULL PRIMARY KEY,
  cust_id varchar(10) NOT NULL,
  gender varchar(10) NOT NULL,
  married varchar(5) NOT NULL,
  education varchar(20) NOT NULL,
  self_employed varchar(5) NOT NULL,
  dependents int NOT NULL,
  income_share int NOT NULL,
  credit_history decimal(5,2) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_customers
WITH dice AS (
  SELECT seq AS n,
    CRC32(MD5(CONCAT_WS('|', @seed, 'gender', seq))) * 1000000 DIV 4294967296 AS gender,
    CRC32(MD5(CONCAT_WS('|', @seed, 'married', seq))) * 1000000 DIV 4294967296 AS married,
    CRC32(MD5(CONCAT_WS('|', @seed, 'education', seq))) * 1000000 DIV 4294967296 AS education,
    CRC32(MD5(CONCAT_WS('|', @seed, 'self_employed', seq))) * 1000000 DIV 4294967296 AS self_employed,
    CRC32(MD5(CONCAT_WS('|', @seed, 'dependents', seq))) * 1000000 DIV 4294967296 AS dependents,
    CRC32(MD5(CONCAT_WS('|', @seed, 'income', seq))) * 1000000 DIV 4294967296 AS income,
    CRC32(MD5(CONCAT_WS('|', @seed, 'credit_history', seq))) * 1000000 DIV 4294967296 AS credit
  FROM recipe.seq_1_to_10000000
  WHERE seq <= @customers
)
SELECT n,
  CONCAT('C', LPAD(n, 9, '0')),
  IF(gender < 800000, 'Male', 'Female'),
  IF(married < 650000, 'Yes', 'No'),
  IF(education < 780000, 'Graduate', 'Not Graduate'),
  IF(self_employed < 140000, 'Yes', 'No'),
  -- 0, 1, 2, 3, 4 or 5 dependents; families are seldom where nobody is married
  IF(married < 650000,
     INTERVAL(dependents, 420000, 650000, 870000, 950000, 985000),
     INTERVAL(dependents, 877000, 937000, 984000, 994000, 999000)),
  income,
  IF(credit < 770000, 1, 0)
FROM dice;
