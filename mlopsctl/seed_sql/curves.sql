-- The distributions of the public loan data, as piecewise linear functions: a random number from 0 to 999999 within
-- [share, next_share) becomes a value between low and high. low NULL: no value.
--
-- Aria, because temporary tables need no transactions: a tenth less load than with InnoDB (tests/bench/seed.py).
CREATE TEMPORARY TABLE recipe.seed_curves (
  what varchar(12) NOT NULL,
  share int NOT NULL,
  next_share int NOT NULL,
  low int,
  high int,
  PRIMARY KEY (what, share)
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_curves VALUES
  ('income',           0,   20000,   210,  1400),
  ('income',       20000,  100000,  1400,  2215),
  ('income',      100000,  250000,  2215,  2875),
  ('income',      250000,  500000,  2875,  3833),
  ('income',      500000,  750000,  3833,  5417),
  ('income',      750000,  900000,  5417,  9300),
  ('income',      900000,  950000,  9300, 12800),
  ('income',      950000,  990000, 12800, 23000),
  ('income',      990000,  998000, 23000, 45000),
  ('income',      998000, 1000000, 45000, 81000),
  ('coapplicant',      0,  450000,     0,     0),
  ('coapplicant', 450000,  500000,   560,  1040),
  ('coapplicant', 500000,  750000,  1040,  2340),
  ('coapplicant', 750000,  950000,  2340,  5000),
  ('coapplicant', 950000,  990000,  5000,  9000),
  ('coapplicant', 990000, 1000000,  9000, 41700),
  ('amount',           0,   20000,     9,    40),
  ('amount',       20000,  250000,    40,   100),
  ('amount',      250000,  500000,   100,   126),
  ('amount',      500000,  750000,   126,   161),
  ('amount',      750000,  900000,   161,   230),
  ('amount',      900000,  980000,   230,   400),
  ('amount',      980000, 1000000,   400,   700),
  ('term',             0,  830000,   360,   360),
  ('term',        830000,  900000,   180,   180),
  ('term',        900000,  925000,   480,   480),
  ('term',        925000,  947000,   300,   300),
  ('term',        947000,  954000,   240,   240),
  ('term',        954000,  962000,    84,    84),
  ('term',        962000,  966000,    36,    36),
  ('term',        966000,  971000,   120,   120),
  ('term',        971000,  975000,    60,    60),
  ('term',        975000,  977000,    12,    12),
  ('term',        977000, 1000000,  NULL,  NULL);
