-- The customers on the days @from_day … @to_day: a row for each period without a change.
-- Runs after customers.sql. Variables: @from_day, @to_day, at most 120 days apart.
--
-- Each attribute walks from 0 to 1999999 and then starts again at 0; LEAST(p, 1999999 - p) turns the position into a
-- share that goes up and down. Because the start positions are uniform, the shares are uniform on every day, and so the
-- proportions are constant: 65 % married, 14 % self-employed, 58, 17, 16 and 9 % with 0, 1, 2 and more dependents. The
-- way up takes about 40 years (2053 per window of 30 days), 15 for the job. Attributes change with a window only, and
-- each customer's windows start on a day of their own.
CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_states (
  n int NOT NULL,
  first_day int NOT NULL,
  last_day int NOT NULL,
  cust_id varchar(10) NOT NULL,
  gender varchar(10) NOT NULL,
  married varchar(5) NOT NULL,
  education varchar(20) NOT NULL,
  self_employed varchar(5) NOT NULL,
  dependents int NOT NULL,
  PRIMARY KEY (n, first_day)
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
TRUNCATE TABLE recipe.seed_states;

INSERT INTO recipe.seed_states
WITH windows AS (
  SELECT STRAIGHT_JOIN c.*, (@from_day + c.shift) DIV 30 + CAST(s.seq AS SIGNED) AS w
  FROM recipe.seed_customers c JOIN recipe.seq_0_to_4 s
  WHERE (@from_day + c.shift) DIV 30 + s.seq <= (@to_day + c.shift) DIV 30
), walks AS (
  SELECT windows.*, (life + w * 2053) MOD 2000000 AS l, (children + w * 2053) MOD 2000000 AS c,
    (work + w * 5479) MOD 2000000 AS k
  FROM windows
), states AS (
  SELECT walks.*,
    IF(LEAST(l, 1999999 - l) < 650000, 'Yes', 'No') AS married,
    IF(LEAST(k, 1999999 - k) < 140000, 'Yes', 'No') AS self_employed,
    INTERVAL(GREATEST(c, 1999999 - c), 1580000, 1750000, 1910000, 1970000, 1990000) AS dependents
  FROM walks
)
-- A state does not return within 120 days, so that the windows of equal states are consecutive.
SELECT n, GREATEST(@from_day, MIN(w) * 30 - shift), LEAST(@to_day, MAX(w) * 30 - shift + 29),
  cust_id, gender, married, education, self_employed, dependents
FROM states
GROUP BY n, married, self_employed, dependents;

-- The dependents, numbered from 1.
CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_members (
  n int NOT NULL,
  member int NOT NULL,
  first_day int NOT NULL,
  last_day int NOT NULL,
  cust_id varchar(10) NOT NULL,
  family_cust_id varchar(10) NOT NULL,
  living_together varchar(5) NOT NULL,
  PRIMARY KEY (n, member, first_day)
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
TRUNCATE TABLE recipe.seed_members;

INSERT INTO recipe.seed_members
SELECT STRAIGHT_JOIN s.n, m.seq, s.first_day, s.last_day, s.cust_id, CONCAT('F', LPAD(s.n, 8, '0'), m.seq),
  IF((c.together >> 6 * (m.seq - 1)) & 63 < 54, 'Yes', 'No')
FROM recipe.seed_states s JOIN recipe.seed_customers c ON c.n = s.n JOIN recipe.seq_1_to_5 m ON m.seq <= s.dependents;
