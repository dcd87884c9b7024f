"""How models are trained, evaluated, stored and promoted. Does not import Airflow, so it can be tested without it."""
