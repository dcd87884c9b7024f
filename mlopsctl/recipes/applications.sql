-- Every application of the calendar's days, and whether and when its loan defaults.
-- Variables: @seed, @scale, @customers.
CREATE TEMPORARY TABLE recipe.seed_dice (
  day int NOT NULL,
  number int NOT NULL,
  base_dt varchar(8) NOT NULL,
  customer int NOT NULL,
  time int NOT NULL,
  income int NOT NULL,
  coapplicant int NOT NULL,
  area int NOT NULL,
  amount int NOT NULL,
  amount_known int NOT NULL,
  term int NOT NULL,
  defaults int NOT NULL,
  delay int NOT NULL,
  registered int NOT NULL,
  PRIMARY KEY (day, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_dice
SELECT c.day, s.seq, c.base_dt,
  CRC32(MD5(CONCAT_WS('|', @seed, 'customer', c.day, s.seq))) * @customers DIV 4294967296 + 1,
  CRC32(MD5(CONCAT_WS('|', @seed, 'time', c.day, s.seq))) * 32400 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'applicant_income', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'coapplicant_income', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'property_area', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'loan_amount', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'amount_known', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'loan_amount_term', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'loan_default', c.day, s.seq))) * 1000000 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'delay', c.day, s.seq))) * 90 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'registration_time', c.day, s.seq))) * 32400 DIV 4294967296
FROM recipe.seed_calendar c JOIN recipe.seq_1_to_9000 s ON s.seq <= 15 * @scale AND s.seq <= c.applicants;

CREATE TEMPORARY TABLE recipe.seed_applications (
  day int NOT NULL,
  number int NOT NULL,
  base_dt varchar(8) NOT NULL,
  applicant_time varchar(6) NOT NULL,
  cust_id varchar(10) NOT NULL,
  applicant_income int NOT NULL,
  coapplicant_income int NOT NULL,
  credit_history decimal(5,2) NOT NULL,
  property_area varchar(10) NOT NULL,
  loan_amount int,
  loan_amount_term int,
  default_day int,
  registration_time varchar(6) NOT NULL,
  PRIMARY KEY (day, number),
  KEY (default_day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_applications
WITH people AS (
  SELECT STRAIGHT_JOIN d.*, c.cust_id, c.education, c.married, c.self_employed, c.credit_history,
    IF(d.area < 360000, 'Semiurban', IF(d.area < 710000, 'Urban', 'Rural')) AS property_area,
    -- income is the customer's own level, give or take 10 %; the amount follows it. 999999 - |999999 - |x||
    -- folds what falls off an end back in, so that the shape stays as it is in curves.sql.
    999999 - ABS(999999 - ABS(c.income_share + d.income DIV 5 - 100000)) AS income_share,
    999999 - ABS(999999 - ABS(c.income_share + d.amount * 7 DIV 10 - 350000)) AS amount_share
  FROM recipe.seed_dice d JOIN recipe.seed_customers c ON c.n = d.customer
), risks AS (
  SELECT p.*,
    -- the chance of a default in a million: credit history first, then small factors in per cent
    LEAST(970000, IF(credit_history = 1, 111000, 615000)
      * CASE property_area WHEN 'Rural' THEN 127 WHEN 'Urban' THEN 95 ELSE 83 END DIV 100
      * IF(education = 'Graduate', 90, 135) DIV 100
      * IF(married = 'Yes', 90, 119) DIV 100
      * IF(self_employed = 'Yes', 112, 98) DIV 100
      * IF(coapplicant < 450000, 112, 90) DIV 100) AS risk
  FROM people p
)
-- STRAIGHT_JOIN: one application after the other. The server's own plan begins with all pairs of curves.
SELECT STRAIGHT_JOIN r.day, r.number, r.base_dt,
  TIME_FORMAT(SEC_TO_TIME(32400 + r.time), '%H%i%s'),
  r.cust_id,
  i.low + (i.high - i.low) * (r.income_share - i.share) DIV (i.next_share - i.share),
  c.low + (c.high - c.low) * (r.coapplicant - c.share) DIV (c.next_share - c.share),
  r.credit_history,
  r.property_area,
  IF(r.amount_known < 28000, NULL,
     a.low + (a.high - a.low) * (r.amount_share - a.share) DIV (a.next_share - a.share)),
  t.low,
  IF(r.defaults < r.risk, r.day + r.delay, NULL),
  TIME_FORMAT(SEC_TO_TIME(32400 + r.registered), '%H%i%s')
FROM risks r
JOIN recipe.seed_curves i ON i.what = 'income' AND r.income_share >= i.share AND r.income_share < i.next_share
JOIN recipe.seed_curves c ON c.what = 'coapplicant' AND r.coapplicant >= c.share AND r.coapplicant < c.next_share
JOIN recipe.seed_curves a ON a.what = 'amount' AND r.amount_share >= a.share AND r.amount_share < a.next_share
JOIN recipe.seed_curves t ON t.what = 'term' AND r.term >= t.share AND r.term < t.next_share;
