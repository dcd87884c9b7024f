-- What one rule has found. The rule is a SELECT of rules/….sql.
INSERT INTO mlops_meta.validation_failures (base_dt, rule, table_name, row_key, column_name, found)
SELECT r.base_dt, %(rule)s, r.table_name, r.row_key, r.column_name, LEFT(r.found, 100)
  FROM ({rule}) r
