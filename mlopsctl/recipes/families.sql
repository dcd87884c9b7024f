-- Every dependent, once. Variable: @seed.
CREATE TEMPORARY TABLE recipe.seed_families (
  n int NOT NULL,
  member int NOT NULL,
  cust_id varchar(10) NOT NULL,
  family_cust_id varchar(10) NOT NULL,
  living_together varchar(5) NOT NULL,
  PRIMARY KEY (n, member)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

INSERT INTO recipe.seed_families
SELECT c.n, s.seq, c.cust_id,
  CONCAT('F', LPAD(c.n, 8, '0'), s.seq),
  IF(CRC32(MD5(CONCAT_WS('|', @seed, 'living_together', c.n, s.seq))) * 100 DIV 4294967296 < 85, 'Yes', 'No')
FROM recipe.seed_customers c JOIN recipe.seq_1_to_5 s ON s.seq <= c.dependents;
