-- The days @from_day … @to_day, where 0 is 2023-06-01, and the number of applicants of each: 1 to 15, on average 5.4
-- until 2023-11-30 and 4.9 afterwards, times @scale. Variables: @seed, @scale, @dirt.
CREATE TEMPORARY TABLE IF NOT EXISTS recipe.seed_calendar (
  day int NOT NULL PRIMARY KEY,
  base_dt varchar(8) NOT NULL,
  applicants int NOT NULL,
  -- With dirt: 1 if all applications of the day are lost.
  lost int NOT NULL
) ENGINE=Aria TRANSACTIONAL=0 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_calendar
WITH draws AS (
  SELECT seq AS day,
    CRC32(MD5(CONCAT_WS('|', @seed, 'applicants', seq))) * 1000000 DIV 4294967296 AS share,
    CRC32(MD5(CONCAT_WS('|', @seed, 'missing_day', seq))) * 1000000 DIV 4294967296 AS missing
  FROM recipe.seq_0_to_100000
  WHERE seq BETWEEN @from_day AND @to_day
)
SELECT day,
  DATE_FORMAT('2023-06-01' + INTERVAL day DAY, '%Y%m%d'),
  @scale * (1 + IF(day < 183,
    INTERVAL(share, 24000, 90000, 209000, 371000, 545000, 701000, 822000, 903000, 951000, 978000, 990000, 996000,
                    998500, 999500),
    INTERVAL(share, 36000, 126000, 273000, 454000, 632000, 776000, 877000, 938000, 972000, 988000, 995000, 998000,
                    999300, 999800))),
  missing < @dirt
FROM draws;
