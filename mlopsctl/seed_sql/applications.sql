-- The applications of the days @from_day … @to_day, and whether and when each loan defaults.
-- Runs after curves.sql, calendar.sql and states.sql. Variables: @seed, @scale, @customers, @drift_day.
CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_draws (
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
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
TRUNCATE TABLE recipe.seed_draws;

INSERT INTO recipe.seed_draws
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
  -- Without the seed: an account defaults on the same day in every data set, so that data sets can be combined.
  CRC32(MD5(CONCAT_WS('|', 'delay', c.day, s.seq))) * 90 DIV 4294967296,
  CRC32(MD5(CONCAT_WS('|', @seed, 'registration_time', c.day, s.seq))) * 32400 DIV 4294967296
FROM recipe.seed_calendar c JOIN recipe.seq_1_to_9000 s ON s.seq <= 15 * @scale AND s.seq <= c.applicants
WHERE c.day BETWEEN @from_day AND @to_day;

CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_applications (
  day int NOT NULL,
  number int NOT NULL,
  applicant_id varchar(10) NOT NULL,
  loan_account_id varchar(12) NOT NULL,
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
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Applications whose defaults have all been registered are no longer needed.
DELETE FROM recipe.seed_applications WHERE day < @to_day - 119;

INSERT INTO recipe.seed_applications
WITH people AS (
  SELECT STRAIGHT_JOIN d.*, c.cust_id, c.education, s.married, s.self_employed, s.dependents, c.credit_history,
    d.day >= @drift_day AS drifted,
    IF(d.area < 360000, 'Semiurban', IF(d.area < 710000, 'Urban', 'Rural')) AS property_area,
    -- The income is the customer's own level ± 10 %; the amount is correlated with it. 999999 - |999999 - |x||
    -- reflects values beyond the ends, so that the distribution stays as it is in curves.sql.
    999999 - ABS(999999 - ABS(c.income_share + d.income DIV 5 - 100000)) AS income_share,
    999999 - ABS(999999 - ABS(c.income_share + d.amount * 7 DIV 10 - 350000)) AS amount_share
  FROM recipe.seed_draws d JOIN recipe.seed_customers c ON c.n = d.customer
  JOIN recipe.seed_states s ON s.n = d.customer AND s.first_day <= d.day AND s.last_day >= d.day
), risks AS (
  SELECT p.*,
    -- The probability of a default, per million: by credit history, times small factors in percent.
    LEAST(970000, IF(credit_history = 1, 110000, 636000)
      * CASE property_area WHEN 'Rural' THEN 131 WHEN 'Urban' THEN 94 ELSE 83 END DIV 100
      * IF(education = 'Graduate', 86, 150) DIV 100
      * IF(married = 'Yes', 86, 126) DIV 100
      * IF(self_employed = 'Yes', 120, 97) DIV 100
      * (97 + 6 * INTERVAL(dependents, 1, 3)) DIV 100
      * IF(coapplicant < 450000, 123, 81) DIV 100
      * (90 + 10 * INTERVAL(amount_share - income_share, -120000, 120000)) DIV 100
      * IF(drifted, 150, 100) DIV 100) AS risk
  FROM people p
)
-- STRAIGHT_JOIN: row by row of the applications. The server's own plan starts with all pairs of curves.
SELECT STRAIGHT_JOIN r.day, r.number,
  CONCAT(SUBSTR(r.base_dt, 3), LPAD(r.number, 4, '0')), CONCAT(r.base_dt, LPAD(r.number, 4, '0')),
  TIME_FORMAT(SEC_TO_TIME(32400 + r.time), '%H%i%s'),
  r.cust_id,
  (i.low + (i.high - i.low) * (r.income_share - i.share) DIV (i.next_share - i.share)) * IF(r.drifted, 9, 10) DIV 10,
  (c.low + (c.high - c.low) * (r.coapplicant - c.share) DIV (c.next_share - c.share)) * IF(r.drifted, 9, 10) DIV 10,
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
