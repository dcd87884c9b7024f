-- Columns that are missing, hold another kind of value, or are no longer part of the primary key.
WITH wanted (table_name, column_name, kind, keyed) AS (
  VALUES ('cust_info', 'base_dt', 'text', 1), ('cust_info', 'cust_id', 'text', 1),
         ('cust_info', 'gender', 'text', 0), ('cust_info', 'married', 'text', 0),
         ('cust_info', 'education', 'text', 0), ('cust_info', 'self_employed', 'text', 0),
         ('family_info', 'base_dt', 'text', 1), ('family_info', 'cust_id', 'text', 1),
         ('family_info', 'family_cust_id', 'text', 1),
         ('loan_applicant_info', 'applicant_id', 'text', 1), ('loan_applicant_info', 'applicant_date', 'text', 0),
         ('loan_applicant_info', 'cust_id', 'text', 0), ('loan_applicant_info', 'applicant_income', 'number', 0),
         ('loan_applicant_info', 'coapplicant_income', 'number', 0),
         ('loan_applicant_info', 'credit_history', 'number', 0), ('loan_applicant_info', 'property_area', 'text', 0),
         ('loan_applicant_info', 'loan_amount', 'number', 0),
         ('loan_applicant_info', 'loan_amount_term', 'number', 0),
         ('loan_applicant_info', 'loan_account_id', 'text', 0)
)
SELECT %(start)s AS base_dt, CONCAT('mlops.', w.table_name) AS table_name, '' AS row_key, w.column_name,
       COALESCE(CONCAT(c.column_type, IF(w.keyed = 1 AND c.column_key <> 'PRI', ', not in the primary key', '')),
                'no such column') AS found
  FROM wanted w
  LEFT JOIN information_schema.columns c
    ON c.table_schema = 'mlops' AND c.table_name = w.table_name AND c.column_name = w.column_name
 WHERE c.column_name IS NULL
    OR (w.kind = 'text' AND c.data_type NOT IN ('char', 'varchar', 'text'))
    OR (w.kind = 'number'
        AND c.data_type NOT IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'float', 'double'))
    OR (w.keyed = 1 AND c.column_key <> 'PRI')
