"""Preprocess, train, evaluate: `ml_pipeline.py` is the DAG, `parts.py` what its tasks do."""
