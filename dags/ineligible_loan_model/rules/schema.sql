-- Columns that are missing, have another type, or are no longer part of the primary key.
WITH required (table_name, column_name, kind, in_key) AS (
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
SELECT %(start)s AS base_dt, CONCAT('mlops.', r.table_name) AS table_name, '' AS row_key, r.column_name,
       COALESCE(CONCAT(c.column_type, IF(r.in_key = 1 AND c.column_key <> 'PRI', ', not in the primary key', '')),
                'no such column') AS found
  FROM required r
  LEFT JOIN information_schema.columns c
    ON c.table_schema = 'mlops' AND c.table_name = r.table_name AND c.column_name = r.column_name
 WHERE c.column_name IS NULL
    OR (r.kind = 'text' AND c.data_type NOT IN ('char', 'varchar', 'text'))
    OR (r.kind = 'number'
        AND c.data_type NOT IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'float', 'double'))
    OR (r.in_key = 1 AND c.column_key <> 'PRI')
