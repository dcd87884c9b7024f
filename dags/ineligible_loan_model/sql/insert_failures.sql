-- Store the failures of one rule. The placeholder is replaced by the SELECT of the rule.
INSERT INTO mlops_meta.validation_failures (base_dt, rule, table_name, row_key, column_name, found)
SELECT r.base_dt, %(rule)s, r.table_name, r.row_key, r.column_name, LEFT(r.found, 100)
  FROM ({rule}) r
