-- The attributes of each customer that never change. Variables: @seed, @customers.
--
-- A draw, the random number for a text, is CRC32(MD5(text)): an integer below 2^32. All arithmetic is on integers, so
-- that every server and every session generates the same rows. A share is a draw scaled to 0 … 999999.
CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_customers (
  n int NOT NULL PRIMARY KEY,
  cust_id varchar(10) NOT NULL,
  gender varchar(10) NOT NULL,
  education varchar(20) NOT NULL,
  income_share int NOT NULL,
  credit_history decimal(5,2) NOT NULL,
  -- The start of each walk of states.sql: 0 … 1999999.
  life int NOT NULL,
  children int NOT NULL,
  work int NOT NULL,
  -- The day, of 30, on which the windows of this customer start.
  shift int NOT NULL,
  -- Six bits per family member.
  together int unsigned NOT NULL
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_customers
WITH draws AS (
  SELECT seq AS n,
    CRC32(MD5(CONCAT_WS('|', @seed, 'gender', seq))) * 1000000 DIV 4294967296 AS gender,
    CRC32(MD5(CONCAT_WS('|', @seed, 'education', seq))) * 1000000 DIV 4294967296 AS education,
    CRC32(MD5(CONCAT_WS('|', @seed, 'income', seq))) * 1000000 DIV 4294967296 AS income,
    CRC32(MD5(CONCAT_WS('|', @seed, 'credit_history', seq))) * 1000000 DIV 4294967296 AS credit,
    CRC32(MD5(CONCAT_WS('|', @seed, 'life', seq))) * 2000000 DIV 4294967296 AS life,
    CRC32(MD5(CONCAT_WS('|', @seed, 'children', seq))) * 1000000 DIV 4294967296 AS children,
    CRC32(MD5(CONCAT_WS('|', @seed, 'work', seq))) * 2000000 DIV 4294967296 AS work,
    CRC32(MD5(CONCAT_WS('|', @seed, 'shift', seq))) * 30 DIV 4294967296 AS shift,
    CRC32(MD5(CONCAT_WS('|', @seed, 'living_together', seq))) AS together
  FROM recipe.seq_1_to_10000000
  WHERE seq <= @customers
)
SELECT n,
  CONCAT('C', LPAD(n, 9, '0')),
  IF(gender < 800000, 'Male', 'Female'),
  IF(education < 780000, 'Graduate', 'Not Graduate'),
  income,
  IF(credit < 770000, 1, 0),
  life,
  -- At most half a walk before or after the marriage, so that most parents are married.
  (life + children + 1500000) MOD 2000000,
  work,
  shift,
  together
FROM draws;
