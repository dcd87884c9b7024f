"""Take over an Airflow that mlopsctl does not manage. The other one is only read.

`source` finds its database, Fernet key and DAG folders; `contents` reads both databases; `plan` compares them; `run`
writes.
"""
