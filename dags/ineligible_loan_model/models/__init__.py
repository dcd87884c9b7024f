"""Models: how they are made, judged, kept and chosen. No Airflow in here, so that each part can be tried by itself."""
