"""Take a platform to Kubernetes: the values for Airflow's official Helm chart."""
