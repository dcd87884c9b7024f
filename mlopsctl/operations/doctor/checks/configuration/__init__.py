"""Group `configuration`: secrets, config.toml, airflow.cfg, the environment, and access to both databases."""
