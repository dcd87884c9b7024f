"""mlopsctl: the terminal operations CLI for machine-learning pipelines on Apache Airflow and MariaDB."""

__version__ = "0.1.0"
