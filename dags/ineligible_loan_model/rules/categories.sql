-- Category values that no model was trained on, in applications and their customers.
WITH applications AS (
  SELECT * FROM mlops.loan_applicant_info WHERE applicant_date BETWEEN %(start)s AND %(end)s
), customers AS (
  SELECT DISTINCT c.* FROM applications a
    JOIN mlops.cust_info c ON c.base_dt = a.applicant_date AND c.cust_id = a.cust_id
), category_values AS (
  SELECT base_dt, cust_id, 'gender' AS name, gender AS value, 'Male,Female' AS known FROM customers
  UNION ALL
  SELECT base_dt, cust_id, 'married', married, 'Yes,No' FROM customers
  UNION ALL
  SELECT base_dt, cust_id, 'education', education, 'Graduate,Not Graduate' FROM customers
  UNION ALL
  SELECT base_dt, cust_id, 'self_employed', self_employed, 'Yes,No' FROM customers
)
SELECT base_dt, 'mlops.cust_info' AS table_name, cust_id AS row_key, name AS column_name, value AS found
  FROM category_values
 WHERE value IS NULL OR FIND_IN_SET(value, known) = 0
UNION ALL
SELECT applicant_date, 'mlops.loan_applicant_info', applicant_id, 'property_area', property_area
  FROM applications
 WHERE property_area NOT IN ('Semiurban', 'Urban', 'Rural')
